/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "os/sys.h"

/*
 * Theory of operation
 *
 * The caller's terminal is raw while the task runs: every byte typed goes to the box, whose own
 * line discipline echoes, edits and turns Ctrl-C into a signal there. What the box prints is
 * copied as it is. Standard input and output may be shared with other processes, so they are
 * never made non-blocking; the master is, because a box that does not read must not stop us.
 *
 * A terminal left raw is useless, so it is restored on every way out; when the launcher is killed,
 * by its keeper.
 */

void terminal_resize(const struct terminal *t)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(t->master, TIOCSWINSZ, &size);
}

void terminal_resume(const struct terminal *t)
{
	struct termios raw = t->saved;

	cfmakeraw(&raw);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	terminal_resize(t);
}

void terminal_suspend(const struct terminal *t)
{
	tcsetattr(STDIN_FILENO, TCSADRAIN, &t->saved);
}

int terminal_start(struct terminal *t, int master, struct err *e)
{
	int r;

	*t = TERMINAL_NONE;
	if (tcgetattr(STDIN_FILENO, &t->saved) < 0 || fcntl(master, F_SETFL, O_NONBLOCK) < 0) {
		r = -errno;
		close(master);
		return err_set(e, r, "take the terminal over");
	}
	t->master = master;
	terminal_resume(t);
	return 0;
}

short terminal_wants_input(const struct terminal *t)
{
	return t->master >= 0 && !t->input_ended && t->n_input < sizeof(t->input) ? POLLIN : 0;
}

short terminal_wants_master(const struct terminal *t)
{
	return (short)(POLLIN | (t->n_input ? POLLOUT : 0));
}

void terminal_take_input(struct terminal *t)
{
	ssize_t n = read(STDIN_FILENO, t->input + t->n_input, sizeof(t->input) - t->n_input);

	if (n > 0)
		t->n_input += (size_t)n;
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		t->input_ended = true;
}

static void put_input(struct terminal *t)
{
	ssize_t n = write(t->master, t->input, t->n_input);

	if (n <= 0)
		return;
	t->n_input -= (size_t)n;
	memmove(t->input, t->input + n, t->n_input);
}

/* Returns false when there is nothing to print, now or ever. */
static bool print_output(struct terminal *t)
{
	char bytes[16 * 1024];
	ssize_t n = read(t->master, bytes, sizeof(bytes));

	return n > 0 && write_all(STDOUT_FILENO, bytes, (size_t)n) == 0;
}

void terminal_take_master(struct terminal *t, short revents)
{
	if (revents & POLLOUT)
		put_input(t);
	if (revents & (POLLIN | POLLHUP))
		print_output(t);
}

void terminal_end(struct terminal *t)
{
	if (t->master >= 0) {
		while (print_output(t))
			;
		terminal_suspend(t);
	}
	close_indirect(&t->master);
	*t = TERMINAL_NONE;
}
