// SPDX-License-Identifier: Apache-2.0
public class Hello {
	public static void main(String[] arguments) throws Exception {
		Thread thread = new Thread(() -> System.out.println("hello"));
		thread.start();
		thread.join();
		System.gc();
	}
}
