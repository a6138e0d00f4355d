// What the parts of the stub driver share. CUDA's documentation is the measure: what it forbids or
// leaves open is an error here, and what it lets happen late happens late.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int CUresult;
typedef unsigned long long CUdeviceptr;
enum {
  OK = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  INVALID_CONTEXT = 201,
  NO_BINARY_FOR_GPU = 209,
  INVALID_PTX = 218,
  INVALID_HANDLE = 400,
  ILLEGAL_STATE = 401,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  OUT_OF_RESOURCES = 701,
  COOPERATIVE_LAUNCH_TOO_LARGE = 720,
  CAPTURE_UNSUPPORTED = 900,
  CAPTURE_INVALIDATED = 901,
  CAPTURE_ISOLATION = 905,
  CAPTURED_EVENT = 907,
  CAPTURE_WRONG_THREAD = 908
};
enum { COMPUTE_CAPABILITY = 90, MULTIPROCESSORS = 4, SHARED_BYTES = 227 * 1024 };

// Held by every call, but not while it takes its time.
extern pthread_mutex_t stub_mutex;
static inline void stub_release(int *held) { (void)held; pthread_mutex_unlock(&stub_mutex); }

// There are STUB_DEVICES of them, or one. What is one's is nothing to another.
enum { MOST_DEVICES = 4 };

// How deep the thread's stack of contexts is, and of which device the upmost one is.
extern __thread int stub_depth, stub_device;

// What there is on each device and how many, and the error that it was lost with, if it was.
typedef struct {
  int memories, pins, streams, events, modules, recordings;
  CUresult lost;
} device;
extern device stub_devices[MOST_DEVICES];
#define HERE (stub_devices[stub_device])
#define stub_lost (HERE.lost)

// What the file STUB_FAIL says of a name: with "cuMemAlloc_v2:2" in it that call returns 2, with
// "cuMemAlloc_v2:2:1" on device 1, and with "softmax_group_f32:700" the device is lost with 700 when
// that kernel is done.
CUresult stub_failing(const char *name);

// The file STUB_LOG to write to, which the caller closes, or null.
FILE *stub_log(void);

#define CALL(name)                                                                          \
  __attribute__((cleanup(stub_release))) int held = pthread_mutex_lock(&stub_mutex);        \
  do { CUresult failure = stub_failing(#name); if (failure) return failure; } while (0)
#define IN_CONTEXT(name)                                                                    \
  CALL(name);                                                                               \
  do { if (!stub_depth) return INVALID_CONTEXT; if (stub_lost) return stub_lost; } while (0)
// For what a thread must not do while it captures.
#define UNSAFE(name)                                                                        \
  IN_CONTEXT(name);                                                                         \
  do { if (stub_breaks_captures(0)) return CAPTURE_UNSUPPORTED; } while (0)

// Whether captures that are going on forbid a call, which then ends them: all of them one that
// waits for the context, those of the calling thread one that is unsafe.
int stub_breaks_captures(int waits_for_context);

// Blocks of memory, to see whether what is done with one stays within it.
typedef enum { DEVICE = 1, PINNED = 2 } kind;
int stub_within(kind of, const void *from, size_t size);

// Streams do nothing until somebody waits for them, and then what comes before and no more. So what
// is not ordered is done in the wrong order, and a buffer that is read too early is seen.
typedef struct stream stream;
// Asks for work by its name: a function, which says how it ended, and a copy of its arguments.
CUresult stub_ask(stream *on, const char *name, CUresult (*run)(void *), const void *arguments, size_t size);
// Does all that was asked of all streams of this device.
CUresult stub_finish_all(void);
// The end of all streams of this device.
void stub_forget_streams(void);
