/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/clients.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "os/ends.h"
#include "os/processes.h"

/*
 * Theory of operation
 *
 * The egress process knows the addresses of a connection, and no process; it tells them when a
 * connection to a registry begins, which is long before anything is answered, and when one is
 * denied. The kernel says which socket that is, and /proc which process of the box has it open,
 * which is kept for what the log will be told of the connection.
 *
 * The path of the program and the number of the process come from the kernel; its arguments and
 * names are what the process says of itself. Nobody is found who ended at once, who passed the
 * socket on, or who made itself undumpable: then nothing is told. Of several who have it, the one
 * above is.
 *
 * A box can have many processes, with many descriptors, and make many connections. So a search
 * looks at so many and no more, and all of them together get a small part of the time, of which a
 * little can be saved.
 */

enum {
	CLIENTS = 256,
	PROCESSES_MAX = 512,
	DESCRIPTORS_MAX = 16384,
	SHARE = 20, /* one part in so many of the time */
};

static const int64_t credit_max = 100000000;

struct client {
	uint64_t flow;
	pid_t pid; /* 0: it is not known */
	char exe[256], argv[CLIENT_ARGV], parents[256];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

void clients_start(struct clients *clients, int search, pid_t top)
{
	*clients = (struct clients){
		.search = search,
		.top = top,
		.credit = credit_max,
		.since = now_ns(),
	};
}

/* Most often it is who was found last. */
static pid_t find(const struct clients *clients, uint32_t inode)
{
	_cleanup_(processes_free) struct processes all = { 0 };
	size_t left = DESCRIPTORS_MAX;

	if (clients->last && process_has_socket(clients->last, inode, &left))
		return clients->last;
	processes_below(clients->top, PROCESSES_MAX, &all);
	for (size_t i = 1; i < all.n && left; i++)
		if (process_has_socket(all.pid[i], inode, &left))
			return all.pid[i];
	return 0;
}

static void describe(const struct clients *clients, struct client *client)
{
	struct buf exe = BUF(client->exe), argv = BUF(client->argv), parents = BUF(client->parents);

	process_add_exe(client->pid, &exe);
	process_add_argv(client->pid, &argv);
	process_add_parents(client->pid, clients->top, &parents);
}

static struct client *place(const struct clients *clients, uint64_t flow)
{
	return &clients->client[flow % CLIENTS];
}

static bool may_search(struct clients *clients, int64_t now)
{
	clients->credit += (now - clients->since) / SHARE;
	if (clients->credit > credit_max)
		clients->credit = credit_max;
	clients->since = now;
	return clients->search >= 0 && clients->credit > 0;
}

void clients_learn(struct clients *clients, const struct client_note *note)
{
	const int64_t start = now_ns();
	struct client client = { .flow = note->flow };
	uint32_t inode;

	clients->n_learned++;
	if (!may_search(clients, start))
		return;
	if (!clients->client)
		clients->client = calloc(CLIENTS, sizeof(*clients->client));
	inode = clients->client ? ends_find(clients->search, &note->ends) : 0;
	if (inode)
		client.pid = find(clients, inode);
	if (client.pid) {
		describe(clients, &client);
		clients->last = client.pid;
		*place(clients, note->flow) = client;
	}
	clients->credit -= now_ns() - start;
}

static bool is_about(const struct clients *clients, const struct event *ev, uint64_t *flow)
{
	if (!clients->client || !(event_row((enum event_kind)ev->kind)->own >> FIELD_EXE & 1) ||
	    event_get_num(ev, FIELD_FLOW, flow) < 0)
		return false;
	return (ev->kind != EVENT_NET_CONNECT && ev->kind != EVENT_HTTP_REQUEST) ||
	       event_is_denied(ev);
}

void clients_add(const struct clients *clients, struct event *ev)
{
	const struct client *client;
	uint64_t flow;

	if (!is_about(clients, ev, &flow) || ev->n_slots + 4 > EVENT_SLOTS)
		return;
	client = place(clients, flow);
	if (!client->pid || client->flow != flow)
		return;
	event_num(ev, FIELD_PID, (uint64_t)client->pid);
	if (client->exe[0])
		event_text(ev, FIELD_EXE, str_of(client->exe));
	if (client->argv[0])
		event_text(ev, FIELD_ARGV, str_of(client->argv));
	if (client->parents[0])
		event_text(ev, FIELD_PARENTS, str_of(client->parents));
}

void clients_end(struct clients *clients)
{
	free(clients->client);
	*clients = CLIENTS_NONE;
}
