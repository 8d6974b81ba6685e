// SPDX-License-Identifier: Apache-2.0
package main

import "testing"

func TestAnswer(t *testing.T) {
	if answer() != 42 {
		t.Fail()
	}
}
