#include "gateway/auth/auth_checker.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/check.h"
#include "engine/base/spsc_ring.h"
#include "gateway/auth/auth_password.h"

/* For names that nobody has: a hash with the costs of auth_password_hash. */
static const char NOBODY[] = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5MDAwMA$"
                             "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

struct request {
    uint64_t ticket;
    uint32_t known, bytes;
    char hash[AUTH_HASH_MAX];
    char password[AUTH_PASSWORD_MAX];
};

struct auth_checker {
    struct spsc_ring *requests, *results;
    struct bell work; /* the thread's */
    struct bell *owner;
    uint32_t queue_max, waiting; /* waiting: submitted and not fetched; so results always fit */
    _Atomic uint32_t stop;
    pthread_t thread;
};

static void
check_one(struct auth_checker *c)
{
    struct request q;
    if (!spsc_ring_pop(c->requests, &q))
        return;
    struct auth_result *r = spsc_ring_claim(c->results);
    CHECK(r != NULL, "more results than requests");
    bool good = auth_password_verify(q.known ? q.hash : NOBODY, q.password, q.bytes);
    *r = (struct auth_result){.ticket = q.ticket, .good = good && q.known};
    OPENSSL_cleanse(&q, sizeof(q));
    spsc_ring_publish(c->results);
    if (c->owner != NULL)
        bell_ring(c->owner);
}

static void *
checker_run(void *arg)
{
    struct auth_checker *c = arg;
    for (;;) {
        uint32_t seen = bell_seen(&c->work);
        /* acquire pairs with the release in auth_checker_close */
        bool stop = atomic_load_explicit(&c->stop, memory_order_acquire) != 0;
        if (stop || !spsc_ring_empty(c->requests))
            bell_cancel(&c->work);
        else
            bell_wait(&c->work, seen, INT64_MAX);
        if (stop)
            return NULL;
        check_one(c);
    }
}

static struct spsc_ring *
ring_new(uint32_t slots, uint32_t slot_bytes)
{
    size_t bytes = (spsc_ring_footprint(slots, slot_bytes) + 127) / 128 * 128;
    void *mem = aligned_alloc(128, bytes);
    if (mem == NULL)
        return NULL;
    memset(mem, 0, bytes);
    return spsc_ring_init(mem, slots, slot_bytes);
}

int
auth_checker_open(struct auth_checker **out, uint32_t queue_max, struct bell *bell,
                  struct error *err)
{
    if (queue_max < 2 || (queue_max & (queue_max - 1)) != 0)
        return error_set(err, ERR_INVALID, "password queue of %u is no power of two", queue_max);
    struct auth_checker *c = calloc(1, sizeof(*c));
    if (c == NULL)
        return error_set(err, ERR_NO_SPACE, "no memory for the password checker");
    c->owner = bell;
    c->queue_max = queue_max;
    bell_init(&c->work, -1);
    c->requests = ring_new(queue_max, sizeof(struct request));
    c->results = ring_new(queue_max, sizeof(struct auth_result));
    int rc = ENOMEM;
    if (c->requests != NULL && c->results != NULL)
        rc = pthread_create(&c->thread, NULL, checker_run, c);
    if (rc != 0) {
        free(c->requests);
        free(c->results);
        free(c);
        return error_errno(err, rc, "the password checker does not start");
    }
    *out = c;
    return 0;
}

void
auth_checker_close(struct auth_checker *c)
{
    if (c == NULL)
        return;
    /* release pairs with the acquire in checker_run */
    atomic_store_explicit(&c->stop, 1, memory_order_release);
    bell_ring(&c->work);
    pthread_join(c->thread, NULL);
    free(c->requests);
    free(c->results);
    free(c);
}

int
auth_checker_submit(struct auth_checker *c, uint64_t ticket, const char *hash, const char *password,
                    size_t bytes)
{
    size_t hash_bytes = hash != NULL ? strlen(hash) + 1 : 0;
    if (bytes > AUTH_PASSWORD_MAX || hash_bytes > AUTH_HASH_MAX)
        return ERR_INVALID;
    struct request *q = c->waiting < c->queue_max - 1 ? spsc_ring_claim(c->requests) : NULL;
    if (q == NULL)
        return ERR_NO_SPACE;
    q->ticket = ticket;
    q->known = hash != NULL;
    q->bytes = (uint32_t)bytes;
    memcpy(q->password, password, bytes);
    if (hash != NULL)
        memcpy(q->hash, hash, hash_bytes);
    c->waiting++;
    spsc_ring_publish(c->requests);
    bell_ring(&c->work);
    return 0;
}

bool
auth_checker_result(struct auth_checker *c, struct auth_result *out)
{
    if (!spsc_ring_pop(c->results, out))
        return false;
    c->waiting--;
    return true;
}
