/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

/*
 * Theory of operation
 *
 * A direction reads from one stream and writes to the other at once. What the other does not take
 * stays in a buffer or a pipe, and until that is empty nothing more is read: the sender is held up
 * by its own window, and a direction never holds more than one buffer or pipe.
 *
 * Copying through a buffer is cheaper for small messages, splice(2) through a pipe for bulk (half
 * the processor time): two reads in a row that fill the buffer switch to splicing, a few that move
 * little switch back. What is encrypted on either side is always copied.
 *
 * A socket is waited for only as far as something would be done: for reading while its direction is
 * empty, for writing while the other one is not. Where nothing would be done, it is not waited for
 * at all, because the kernel reports errors unasked and would report them for ever. An error shows
 * itself when the socket is next used. What TLS has read ahead the kernel cannot report: a relay
 * that waits for such bytes goes on by itself, once others have had their turn.
 *
 * Who reads along (HTTP) gives leave for a number of bytes, or writes something in their place;
 * when that is used up, he is asked for more.
 *
 * An end of file is passed on when all before it has been written, and the other direction goes on
 * by itself: a request may end long before its answer begins. An error ends both, as a reset, so
 * that nobody takes a stream that was cut for one that is complete.
 */

enum {
	FULL_READS = 2,	       /* after which splicing starts */
	SMALL = 16 * 1024,     /* a splice that moves less is not worth its cost */
	SMALL_SPLICES = 4,     /* after which it ends */
	ROUNDS = 8,	       /* of reading and writing, before others have their turn */
	HALF_CLOSED_PROBE = 60 /* seconds */
};

static void go_on(struct deadline *d);

int relays_init(struct relays *relays, struct loop *loop, struct err *e)
{
	relays->loop = loop;
	relays->starved.next = relays->starved.prev = &relays->starved;
	relays->again.expired = go_on;
	loop_add_timers(loop, &relays->again);
	return io_pool_init(&relays->pool, e);
}

static bool pending(const struct half *h)
{
	return h->len || h->piped;
}

static void unstarve(struct half *h)
{
	if (!h->starved)
		return;
	h->next->prev = h->prev;
	h->prev->next = h->next;
	h->starved = false;
}

static void starve(struct relays *relays, struct half *h)
{
	if (h->starved)
		return;
	h->next = &relays->starved;
	h->prev = relays->starved.prev;
	h->prev->next = relays->starved.prev = h;
	h->starved = true;
}

static uint32_t wanted(const struct half *from_it, const struct half *to_it)
{
	uint32_t events = 0;

	if (!from_it->eof && !pending(from_it) && !from_it->starved &&
	    (from_it->left || from_it->asks))
		events |= from_it->asks ? EPOLLIN | EPOLLPRI : EPOLLIN;
	if (pending(to_it) || ((events & EPOLLIN) && stream_wants_room(from_it->from)))
		events |= EPOLLOUT;
	return events;
}

static int wait_again(struct relay *r)
{
	struct loop *loop = r->relays->loop;
	uint32_t client = wanted(&r->up, &r->down), server = wanted(&r->down, &r->up);
	int ret = loop_set(loop, &r->client.watch, client);

	if (((client & EPOLLIN) && stream_holds(&r->client)) ||
	    ((server & EPOLLIN) && stream_holds(&r->server)))
		deadline_set(loop, &r->relays->again, &r->again);
	return ret < 0 ? ret : loop_set(loop, &r->server.watch, server);
}

/* The first who waited for a buffer may go on. */
static void put_buffer(struct relays *relays, char *buffer)
{
	struct half *h = relays->starved.next;

	io_pool_put_buffer(&relays->pool, buffer);
	if (h == &relays->starved)
		return;
	unstarve(h);
	deadline_set(relays->loop, &relays->again, &h->relay->again);
}

static void give_back(struct half *h)
{
	char *buffer = h->buffer;

	if (h->pipe[1] && !h->piped) {
		io_pool_put_pipe(&h->relay->relays->pool, h->pipe, true);
		h->pipe[0] = h->pipe[1] = 0;
	}
	if (buffer && !h->len) {
		h->buffer = NULL;
		put_buffer(h->relay->relays, buffer);
	}
}

/* What a system call returned: as stream.h has it. */
static ssize_t result(ssize_t n)
{
	return n < 0 ? -(errno == EINTR ? EAGAIN : errno) : n;
}

static size_t at_most(size_t n, uint64_t left)
{
	return left < n ? (size_t)left : n;
}

/* How much may be moved now. */
static uint64_t leave(const struct half *h)
{
	const struct meter *meter = h->relay->meter;

	if (!meter || meter->soft)
		return h->left;
	return meter_left(meter) < h->left ? meter_left(meter) : h->left;
}

static void count(const struct half *h, size_t n)
{
	if (h->relay->meter)
		h->relay->meter->bytes += n;
}

static ssize_t fill_pipe(struct half *h)
{
	ssize_t n =
		result(splice(h->from->watch.fd, NULL, h->pipe[1], NULL,
			      at_most(IO_PIPE_SIZE, leave(h)), SPLICE_F_MOVE | SPLICE_F_NONBLOCK));

	if (n <= 0)
		return n;
	h->piped = (uint32_t)n;
	h->small = n < SMALL ? h->small + 1 : 0;
	if (h->small == SMALL_SPLICES)
		h->full = h->small = 0;
	return n;
}

static ssize_t fill_buffer(struct half *h)
{
	ssize_t n = stream_read(h->from, h->buffer, at_most(IO_BUFFER, leave(h)));

	if (n <= 0)
		return n;
	h->off = 0;
	h->len = (uint32_t)n;
	if (n < IO_BUFFER)
		h->full = 0;
	else if (h->full < FULL_READS && !h->from->tls && !h->to->tls)
		h->full++;
	return n;
}

char *relay_buffer(struct half *h)
{
	if (!h->buffer)
		h->buffer = io_pool_buffer(&h->relay->relays->pool);
	if (!h->buffer)
		starve(h->relay->relays, h);
	return h->buffer;
}

int relay_write(struct half *h, size_t n)
{
	const struct meter *meter = h->relay->meter;

	if (meter && !meter->soft && n > meter_left(meter))
		return -EDQUOT;
	count(h, n);
	h->off = 0;
	h->len = (uint32_t)n;
	return 0;
}

/* Takes a pipe or a buffer, whichever it is time for. Returns false: waits for one. */
static bool prepare(struct half *h)
{
	if (h->full == FULL_READS) {
		if (h->pipe[1] || io_pool_pipe(&h->relay->relays->pool, h->pipe) == 0)
			return true;
		h->full = 0;
	}
	return relay_buffer(h) != NULL;
}

/* Nothing may be moved any more; only the end may be passed on. */
static ssize_t fill_nothing(struct half *h)
{
	struct str in;
	char byte;
	ssize_t n = stream_peek(h->from, &byte, 1, &in);

	return n > 0 ? -EDQUOT : n;
}

/* Reads once. Returns whether there may be more, or -errno. An end before its time is a cut. */
static int fill(struct half *h)
{
	ssize_t n;

	if (!prepare(h))
		return RELAY_WAIT;
	if (leave(h) == 0)
		n = fill_nothing(h);
	else
		n = h->full == FULL_READS ? fill_pipe(h) : fill_buffer(h);
	if (n < 0)
		return n == -EAGAIN ? RELAY_WAIT : (int)n;
	count(h, (size_t)n);
	h->eof = n == 0;
	if (h->left == UINT64_MAX)
		return n >= IO_BUFFER ? RELAY_ON : RELAY_WAIT;
	h->left -= (uint64_t)n;
	if (h->eof)
		return -ECONNABORTED;
	return n >= IO_BUFFER || h->left == 0 ? RELAY_ON : RELAY_WAIT;
}

/* Writes what is pending, as far as it is taken. Returns 0 or -errno. */
static int flush(struct half *h)
{
	ssize_t n;

	while (pending(h)) {
		if (h->piped)
			n = result(splice(h->pipe[0], NULL, h->to->watch.fd, NULL, h->piped,
					  SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
		else
			n = stream_write(h->to, (struct str){ h->buffer + h->off, h->len });
		if (n < 0)
			return n == -EAGAIN ? 0 : (int)n;
		h->bytes += (uint64_t)n;
		if (h->piped) {
			h->piped -= (uint32_t)n;
		} else {
			h->off += (uint32_t)n;
			h->len -= (uint32_t)n;
		}
	}
	return 0;
}

/*
 * Passes the end on. A client that has ended its half and then vanishes says nothing any more; that
 * it is gone is noticed by asking the kernel it was on, not by a clock: it may as well be waiting.
 */
static int pass_end(struct half *h)
{
	int on = 1, idle = HALF_CLOSED_PROBE, from = h->from->watch.fd;

	h->shut = true;
	setsockopt(from, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(from, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	return stream_end(h->to);
}

static int fill_or_ask(struct half *h)
{
	int more;

	if (h->left)
		return fill(h);
	more = h->asks ? h->relay->ask(h->relay, h) : RELAY_WAIT;
	h->done = more == RELAY_DONE;
	return more;
}

/*
 * Moves what there is, for a few rounds, and one more to ask: a message that ended with the last
 * round may have been all that was ever to come. Returns RELAY_WAIT, RELAY_DONE or -errno.
 */
static int pump(struct half *h)
{
	int ret = flush(h), more = RELAY_ON;

	for (int i = 0; i < ROUNDS + (h->left == 0) && more == RELAY_ON && !h->done; i++) {
		if (ret < 0 || pending(h) || h->eof)
			break;
		more = fill_or_ask(h);
		ret = more < 0 ? more : flush(h);
	}
	give_back(h);
	if (ret < 0 || pending(h))
		return ret;
	if (more == RELAY_ON && h->left == 0) /* its owner has more to say: nothing would wake us */
		deadline_set(h->relay->relays->loop, &h->relay->relays->again, &h->relay->again);
	if (h->done || (h->eof && h->relay->ask))
		return RELAY_DONE;
	return h->eof && !h->shut ? pass_end(h) : RELAY_WAIT;
}

void relay_end(struct relay *r, int error)
{
	relay_stop(r);
	r->over(r, error);
}

/* Serves one direction, or two: either may be NULL. */
static void serve(struct relay *r, struct half *first, struct half *second)
{
	int ret = first ? pump(first) : RELAY_WAIT;

	if (ret == RELAY_WAIT && second)
		ret = pump(second);
	if (ret == RELAY_WAIT && r->up.shut && r->down.shut)
		ret = RELAY_DONE;
	if (ret == RELAY_WAIT)
		ret = wait_again(r);
	if (ret != RELAY_WAIT)
		relay_end(r, ret == RELAY_DONE ? 0 : ret);
}

static void ready(struct relay *r, struct half *from_it, struct half *to_it, uint32_t events)
{
	bool in = events & ~(uint32_t)EPOLLOUT, out = events & ~(uint32_t)EPOLLIN;

	in |= stream_wants_room(from_it->from);
	if (events & EPOLLPRI) {
		relay_end(r, -EPROTO); /* urgent data: it cannot be looked past */
		return;
	}
	serve(r, in && !pending(from_it) ? from_it : NULL, out && pending(to_it) ? to_it : NULL);
}

static void go_on(struct deadline *d)
{
	struct relay *r = container_of(d, struct relay, again);

	serve(r, &r->up, &r->down);
}

static void client_ready(struct watch *w, uint32_t events)
{
	struct relay *r = container_of(w, struct relay, client.watch);

	ready(r, &r->up, &r->down, events);
}

static void server_ready(struct watch *w, uint32_t events)
{
	struct relay *r = container_of(w, struct relay, server.watch);

	ready(r, &r->down, &r->up, events);
}

void relay_start(struct relay *r, uint64_t left)
{
	const bool asks = left == 0;

	r->up = (struct half){
		.relay = r, .from = &r->client, .to = &r->server, .left = left, .asks = asks
	};
	r->down = (struct half){
		.relay = r, .from = &r->server, .to = &r->client, .left = left, .asks = asks
	};
	r->client.watch.ready = client_ready;
	r->server.watch.ready = server_ready;
	serve(r, &r->up, NULL);
}

void relay_stop(struct relay *r)
{
	struct half *halves[] = { &r->up, &r->down };

	deadline_clear(&r->again);
	for (size_t i = 0; i < LEN(halves); i++) {
		struct half *h = halves[i];

		unstarve(h);
		if (h->pipe[1]) {
			io_pool_put_pipe(&r->relays->pool, h->pipe, h->piped == 0);
			h->pipe[0] = h->pipe[1] = 0;
		}
		h->piped = h->len = 0;
		if (h->relay)
			give_back(h);
	}
}
