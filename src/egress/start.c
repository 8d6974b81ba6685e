/* SPDX-License-Identifier: Apache-2.0 */
#include "egress/start.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "egress/confine.h"
#include "egress/egress.h"
#include "egress/listen.h"
#include "egress/publish.h"
#include "egress/resolver_process.h"
#include "os/outside.h"
#include "os/sys.h"
#include "os/trust.h"

/*
 * Started by the supervisor with three descriptors, or two more for TLS; or with a box whose ports
 * are to be published in the place of a policy; or by somebody else, with a file.
 */
enum {
	FD_POLICY,
	FD_EVENTS,
	FD_LISTENERS,
	FD_ROOTS,
	FD_TRUST,
	FD_CREDENTIALS,
	FD_ADVISORIES,
	FD_BOX,
	N_FDS
};

struct options {
	int fd[N_FDS]; /* -1: not given */
	const char *file;
};

enum { CREDENTIALS_MAX = 4096, EXIT_USAGE = 2 };

static const char usage[] =
	"Usage: agentbox-egress POLICY-FILE\n"
	"   or: agentbox-egress --policy-fd N --events-fd N --listeners-fd N\n"
	"                       [--roots-fd N --trust-fd N] [--credentials-fd N]\n"
	"                       [--advisories-fd N]\n"
	"   or: agentbox-egress --box-fd N --events-fd N --listeners-fd N\n"
	"Judges the connections of a box and relays those that the policy allows.\n"
	"The first form takes its listeners from LISTEN_FDS and prints events to standard output.\n"
	"agentbox-egress-tls is the same program; it can open TLS, where the policy has rules\n"
	"about requests.\n";

static bool agree(const struct options *o)
{
	const int *fd = o->fd;

	if (o->file)
		return fd[FD_POLICY] < 0 && fd[FD_EVENTS] < 0 && fd[FD_LISTENERS] < 0 &&
		       fd[FD_BOX] < 0;
	return (fd[FD_POLICY] < 0) != (fd[FD_BOX] < 0) && fd[FD_EVENTS] >= 0 &&
	       fd[FD_LISTENERS] >= 0;
}

/* Returns 0, or the status to exit with. */
static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "policy-fd", required_argument, NULL, FD_POLICY },
		{ "events-fd", required_argument, NULL, FD_EVENTS },
		{ "listeners-fd", required_argument, NULL, FD_LISTENERS },
		{ "roots-fd", required_argument, NULL, FD_ROOTS },
		{ "trust-fd", required_argument, NULL, FD_TRUST },
		{ "credentials-fd", required_argument, NULL, FD_CREDENTIALS },
		{ "advisories-fd", required_argument, NULL, FD_ADVISORIES },
		{ "box-fd", required_argument, NULL, FD_BOX },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ 0 },
	};
	unsigned long value;
	int c;

	for (size_t i = 0; i < N_FDS; i++)
		o->fd[i] = -1;
	while ((c = getopt_long(argc, argv, "+", names, NULL)) != -1) {
		if (c == 'h' || c == 'v') {
			fputs(c == 'h' ? usage : "agentbox-egress " VERSION "\n", stdout);
			exit(0);
		}
		if (c == '?' || str_to_ulong(str_of(optarg), INT32_MAX, &value) < 0)
			return EXIT_USAGE;
		o->fd[c] = (int)value;
		if (fcntl((int)value, F_SETFD, FD_CLOEXEC) < 0)
			return EXIT_USAGE;
	}
	o->file = argv[optind];
	return (o->file && argc - optind != 1) || !agree(o) ? EXIT_USAGE : 0;
}

/* What is opened later must not become standard input, output or error. */
static int fill_standard(struct err *e)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return err_set(e, -errno, "open /dev/null");
	close(fd);
	return 0;
}

static int read_policy(const struct options *o, struct edition **out, struct err *e)
{
	_cleanup_fd_ int fd = o->file ? open(o->file, O_RDONLY | O_CLOEXEC) : o->fd[FD_POLICY];
	const char *name = o->file ? o->file : "policy";

	if (fd < 0)
		return err_set(e, -errno, "open %s", name);
	*out = edition_read(fd, name, NULL, e);
	return *out ? 0 : e->code;
}

/* Those for the proxy outside, which a supervisor has read for us. Never freed. */
static int read_credentials(const struct options *o, struct egress *eg, struct err *e)
{
	struct arena arena = { 0 };
	struct str *value = &eg->upstream_proxy.authorization;
	int r;

	if (o->fd[FD_CREDENTIALS] < 0)
		return outside_read_credentials(&eg->edition->policy, &arena, value, e);
	r = read_whole(o->fd[FD_CREDENTIALS], CREDENTIALS_MAX, &arena, value);
	close(o->fd[FD_CREDENTIALS]);
	return r < 0 ? err_set(e, r, "read the credentials for the upstream proxy") : 0;
}

/* Mapped, because it is large and little of it is looked at. Never unmapped. */
static int map_advisories(const struct options *o, struct egress *eg, struct err *e)
{
	struct packages *packages = &eg->edition->policy.packages;
	_cleanup_fd_ int fd = o->fd[FD_ADVISORIES];
	const char *wrong;
	struct stat st;
	int r = fd < 0 ? outside_open_advisories(&eg->edition->policy, &fd, e) : 0;
	void *p;

	if (r < 0 || fd < 0)
		return r;
	p = fstat(fd, &st) < 0 || !st.st_size
		    ? MAP_FAILED
		    : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	wrong = p == MAP_FAILED
			? "it cannot be mapped"
			: advisories_open((struct str){ p, (size_t)st.st_size }, &eg->advisories);
	if (wrong)
		return err_say(e, -EINVAL, "advisories: %s", wrong);
	packages->known = &eg->advisories;
	return 0;
}

/* A program that cannot open TLS does not serve a policy whose rules would need it. */
static int make_terminator(const struct options *o, struct egress *eg, make_terminator_fn *make,
			   struct err *e)
{
	if (!rules_open_tls(&eg->edition->policy.rules))
		return 0;
	if (!make)
		return err_say(e, -ENOTSUP,
			       "the policy has rules about requests over TLS: "
			       "agentbox-egress-tls serves it");
	return make(&eg->edition->policy, o->fd[FD_ROOTS], o->fd[FD_TRUST], &eg->terminator, e);
}

/* The task ends when the supervisor says so; or, without one, by a signal. */
static int task_end(const struct options *o)
{
	sigset_t ends;

	if (!o->file)
		return o->fd[FD_EVENTS];
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The order is that of privilege, which only falls. */
static int run(const struct options *o, struct egress *eg, make_terminator_fn *make, struct err *e)
{
	struct listener listeners[LISTENERS_MAX];
	struct buf missing = BUF(eg->missing);
	size_t n;
	int r = fill_standard(e), resolver = -1;

	if (r == 0 && o->fd[FD_BOX] >= 0)
		return publish_run(o->fd[FD_BOX], o->fd[FD_LISTENERS], o->fd[FD_EVENTS], e);
	if (r == 0)
		r = confine_process(e);
	if (r == 0)
		resolver = r = resolver_process_start(e);
	if (r >= 0)
		r = read_policy(o, &eg->edition, e);
	if (r == 0)
		r = read_credentials(o, eg, e);
	if (r == 0)
		r = map_advisories(o, eg, e);
	if (r == 0)
		r = make_terminator(o, eg, make, e);
	eg->lockfiles.over = o->file; /* nobody is there to find out what they name */
	if (r == 0 && o->file)
		r = listen_from_environment(listeners, &n, e);
	if (r == 0)
		r = egress_init(eg, resolver, e);
	if (r == 0)
		r = confine_egress(&missing, e);
	if (r < 0)
		return r;
	egress_say_ready(eg);
	if (o->fd[FD_TRUST] >= 0)
		trust_await(o->fd[FD_TRUST]);
	if (!o->file)
		r = handover_receive(o->fd[FD_LISTENERS], listeners, &n, e);
	return r < 0 ? r : egress_run(eg, listeners, n, e);
}

int egress_main(int argc, char **argv, make_terminator_fn *make)
{
	static struct egress eg; /* too large for a stack; unused pages cost nothing */
	struct options o;
	struct err e = { 0 };
	struct event ev;
	int r = read_options(argc, argv, &o);

	if (r) {
		fputs(usage, stderr);
		return r;
	}
	signal(SIGPIPE, SIG_IGN);
	if (!o.file)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	eg.events.fd = o.file ? STDOUT_FILENO : o.fd[FD_EVENTS];
	eg.events.json = o.file;
	eg.events.loop = &eg.loop;
	eg.task.fd = task_end(&o);
	r = run(&o, &eg, make, &e);
	if (r == 0) {
		/*
		 * This is what the supervisor waits for. Our exit takes longer: the kernel lets
		 * go of a packet socket after a grace period only (synchronize_net()), 5 to 20 ms.
		 */
		close(eg.events.fd);
		return 0;
	}
	fprintf(stderr, "agentbox-egress: %s\n", e.text);
	ev = event_new(o.fd[FD_BOX] >= 0 ? EVENT_NET_PUBLISH : EVENT_EGRESS_FAILED);
	event_text(&ev, FIELD_REASON, str_of(e.text));
	events_send(&eg.events, &ev);
	return 1;
}
