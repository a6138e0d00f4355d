// Faults for backend-cuda's stub driver, which dry-run links with it. The variable FAULT says which:
//   hang N    the Nth wait for the device, counted from 1, never ends
//   abort N   it ends the process
//   exit      the process hangs when it ends, once it has used the driver
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The stub's own functions, which were renamed when it was compiled, if it has them.
__attribute__((weak)) int plain_cuInit(unsigned flags);
__attribute__((weak)) int plain_cuStreamSynchronize(void *stream);
__attribute__((weak)) int plain_cuEventSynchronize(void *event);

static _Atomic int waits, used;

static const char *fault(void) {
  const char *value = getenv("FAULT");
  return value ? value : "";
}

static void hang(void) {
  for (;;) pause();
}

static int wait_by(int (*plain)(void *), void *of) {
  int at = 0, wait = ++waits;
  if (sscanf(fault(), "hang %d", &at) == 1 && wait >= at) hang();
  if (sscanf(fault(), "abort %d", &at) == 1 && wait >= at) abort();
  return plain ? plain(of) : 0;
}

int cuStreamSynchronize(void *stream) { return wait_by(plain_cuStreamSynchronize, stream); }
int cuEventSynchronize(void *event) { return wait_by(plain_cuEventSynchronize, event); }
int cuInit(unsigned flags) {
  used = 1;
  return plain_cuInit ? plain_cuInit(flags) : 0;
}

__attribute__((destructor)) static void end(void) {
  if (used && !strcmp(fault(), "exit")) hang();
}

// The copy that is measured past Rowwise.
__attribute__((weak)) int cuMemcpyDtoDAsync_v2(unsigned long long to, unsigned long long from,
                                               size_t bytes, void *stream) {
  (void)stream;
  memmove((void *)to, (void *)from, bytes);
  return 0;
}
