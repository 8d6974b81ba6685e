/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/start.h"

int main(int argc, char **argv)
{
	return egress_main(argc, argv, NULL);
}
