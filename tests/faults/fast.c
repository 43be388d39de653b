/* A clock that runs FAST_SPEED times as fast from the Unix second FAST_FROM on, FAST_AHEAD seconds ahead of it.
   Preloaded into the daemon, it makes pauses of minutes pass in seconds; what waits for events waits shorter. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

static long long speed = 1, from, ahead;
static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_wait)(int, struct epoll_event *, int, int);

static long long number(const char *name, long long otherwise) {
  const char *text = getenv(name);
  return text ? atoll(text) : otherwise;
}

__attribute__((constructor)) static void begin(void) {
  speed = number("FAST_SPEED", 1);
  from = number("FAST_FROM", 0);
  ahead = number("FAST_AHEAD", 0);
  real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  real_wait = dlsym(RTLD_NEXT, "epoll_wait");
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  if (!real_gettime) begin(); /* others' constructors may run first */
  int result = real_gettime(clock, at);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)) return result;
  long long zero = clock == CLOCK_REALTIME ? from : 0;
  long long passed = ((long long)at->tv_sec - zero) * 1000000000LL + at->tv_nsec;
  passed *= speed;
  at->tv_sec = zero + passed / 1000000000LL + (clock == CLOCK_REALTIME ? ahead : 0);
  at->tv_nsec = passed % 1000000000LL;
  return 0;
}

time_t time(time_t *also) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  if (also) *also = at.tv_sec;
  return at.tv_sec;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int milliseconds) {
  if (!real_wait) begin();
  if (milliseconds > 0) milliseconds = (int)((milliseconds + speed - 1) / speed);
  return real_wait(fd, events, most, milliseconds);
}
