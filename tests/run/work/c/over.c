/* SPDX-License-Identifier: Apache-2.0 */
int main(int argc, char **argv)
{
	int volatile two[2] = { 0 };
	int volatile most = 2147483647;

	(void)argv;
	most += argc;
	return two[argc + 1] == most;
}
