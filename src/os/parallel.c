/* SPDX-License-Identifier: Apache-2.0 */
#include "os/parallel.h"

#include <pthread.h>
#include <stdbool.h>

/* For fewer, making a thread takes longer than it saves. */
enum { ALONE_MAX = 2048 };

/* Every @step-th from @first on. */
struct share {
	void (*one)(void *of, size_t i);
	void *of;
	size_t first, step, n;
};

static void *work(void *of)
{
	const struct share *share = of;

	for (size_t i = share->first; i < share->n; i += share->step)
		share->one(share->of, i);
	return NULL;
}

void parallel_each(size_t n, void (*one)(void *of, size_t i), void *of)
{
	const size_t step = n > ALONE_MAX ? 2 : 1;
	struct share mine = { one, of, 0, step, n }, other = { one, of, 1, step, n };
	pthread_t thread;
	const bool helped = step == 2 && pthread_create(&thread, NULL, work, &other) == 0;

	work(&mine);
	if (helped)
		pthread_join(thread, NULL);
	else if (step == 2)
		work(&other);
}
