#ifndef ENGINE_BASE_TSAN_H
#define ENGINE_BASE_TSAN_H

/* What ThreadSanitizer cannot see by itself: libck orders with fences in assembly. The two calls
 * say "what I wrote before release(p) is visible after acquire(p)"; nothing in other builds. */
#if defined(__SANITIZE_THREAD__)
#define TSAN_BUILD 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN_BUILD 1
#endif
#endif
#ifndef TSAN_BUILD
#define TSAN_BUILD 0
#endif

#if TSAN_BUILD
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define TSAN_ACQUIRE(p) __tsan_acquire(p)
#define TSAN_RELEASE(p) __tsan_release(p)
/* For a function that reads memory which may be overwritten meanwhile, and finds out afterwards. */
#define TSAN_IGNORE __attribute__((no_sanitize("thread"), noinline))
#else
#define TSAN_ACQUIRE(p) ((void)(p))
#define TSAN_RELEASE(p) ((void)(p))
#define TSAN_IGNORE
#endif

#endif
