/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program as an attacker would bring one: linked statically, with no library to preload and no
 * variable to obey.
 *
 *	fetch ADDRESS HOST PATH		GETs http://HOST/PATH; writes the head of the answer
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(80) };
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	char bytes[4096];
	ssize_t n;

	if (argc != 4 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return 1;
	dprintf(fd, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", argv[3], argv[2]);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		if (write(1, bytes, (size_t)n) != n)
			return 1;
	return 0;
}
