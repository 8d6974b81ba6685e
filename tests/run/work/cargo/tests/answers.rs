// SPDX-License-Identifier: Apache-2.0
#[test]
fn answers() {
    assert_eq!(work::answer(), 42);
}
