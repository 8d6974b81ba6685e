/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

int main(void)
{
	char *volatile lost = malloc(10);

	lost = NULL;
	return lost != NULL;
}
