// A driver without a device, which is one of compute capability 9.0 with the host's memory, or
// several: the devices, their contexts and memory. It checks what it is given, and writes into the file STUB_LOG what
// was not given back in the end.
#include "stub.h"

pthread_mutex_t stub_mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
__thread int stub_depth, stub_device;
device stub_devices[MOST_DEVICES];
static int retained[MOST_DEVICES];
static int contexts[MOST_DEVICES];
enum { MOST_DEPTH = 16 };
static __thread int below[MOST_DEPTH];

static int device_count(void) {
  const char *count = getenv("STUB_DEVICES");
  return count ? atoi(count) : 1;
}

CUresult stub_failing(const char *name) {
  const char *path = getenv("STUB_FAIL");
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) return OK;
  char wanted[128] = "";
  char *read = fgets(wanted, sizeof wanted, file);
  fclose(file);
  size_t length = strlen(name);
  if (!read || strncmp(wanted, name, length) || wanted[length] != ':') return OK;
  const char *only = strchr(wanted + length + 1, ':');
  return !only || atoi(only + 1) == stub_device ? atoi(wanted + length + 1) : OK;
}

FILE *stub_log(void) {
  const char *path = getenv("STUB_LOG");
  return path ? fopen(path, "a") : NULL;
}

static void tell(const char *what) {
  FILE *log = stub_log();
  if (!log) return;
  device all = {0};
  int open = 0;
  for (int i = 0; i < MOST_DEVICES; i++) {
    const device *each = stub_devices + i;
    all.memories += each->memories;
    all.pins += each->pins;
    all.streams += each->streams;
    all.events += each->events;
    all.modules += each->modules;
    all.recordings += each->recordings;
    open += retained[i];
  }
  fprintf(log, "%s: memory %d, pinned %d, streams %d, events %d, modules %d, recordings %d, "
          "contexts %d, pushed %d\n", what, all.memories, all.pins, all.streams, all.events,
          all.modules, all.recordings, open, stub_depth);
  fclose(log);
}
__attribute__((destructor)) static void end(void) { tell("left"); }

enum { MOST = 4096 };
static struct { char *start; size_t size; kind of; int device; } blocks[MOST];
static int used;  // of those, at most

static void *take(kind of, size_t size) {
  int i = 0;
  while (i < used && blocks[i].start) i++;
  if (i == MOST || !size) return NULL;
  if (i == used) used++;
  blocks[i].start = aligned_alloc(256, (size + 255) / 256 * 256);
  memset(blocks[i].start, 0xFF, size);
  blocks[i].size = size;
  blocks[i].of = of;
  blocks[i].device = stub_device;
  return blocks[i].start;
}

static int is_here(int i, kind of) {
  return blocks[i].start && blocks[i].of == of && blocks[i].device == stub_device;
}

static int give(kind of, void *start) {
  for (int i = 0; i < used; i++) {
    if (is_here(i, of) && blocks[i].start == start) {
      free(start);
      blocks[i].start = NULL;
      return 1;
    }
  }
  return 0;
}

int stub_within(kind of, const void *from, size_t size) {
  for (int i = 0; i < used; i++) {
    const char *start = blocks[i].start;
    if (is_here(i, of) && (const char *)from >= start &&
        (const char *)from + size <= start + blocks[i].size) {
      return 1;
    }
  }
  return 0;
}

CUresult cuInit(unsigned flags) { CALL(cuInit); return flags ? INVALID_VALUE : OK; }
CUresult cuDriverGetVersion(int *version) { CALL(cuDriverGetVersion); *version = 13000; return OK; }
CUresult cuGetErrorName(CUresult error, const char **name) {
  static const struct { CUresult code; const char *name; } names[] = {
      {721, "CUDA_ERROR_TENSOR_MEMORY_LEAK"}, {226, "CUDA_ERROR_CONTAINED"}};
  *name = NULL;
  for (int i = 0; i < 2; i++) if (names[i].code == error) *name = names[i].name;
  return *name ? OK : INVALID_VALUE;
}
CUresult cuDeviceGetCount(int *count) { CALL(cuDeviceGetCount); *count = device_count(); return OK; }
CUresult cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return ordinal < device_count() ? OK : 101;
}
CUresult cuDeviceGetName(char *name, int length, int device) {
  (void)device;
  snprintf(name, length, "Stub GPU");
  return OK;
}
// Those of two devices begin alike.
CUresult cuDeviceGetUuid(unsigned char *uuid, int device) {
  CALL(cuDeviceGetUuid);
  static const unsigned char first[16] = {0x5d, 0xd3, 0xfd, 0x0d, 0x7a, 0x1c, 0x4b, 0x21,
                                          0x9e, 0x6f, 0x0c, 0x1d, 0x2e, 0x3f, 0xf0, 0xa0};
  memcpy(uuid, first, sizeof first);
  uuid[15] += device;
  return OK;
}
CUresult cuDeviceGetPCIBusId(char *id, int length, int device) {
  CALL(cuDeviceGetPCIBusId);
  int written = snprintf(id, length, "0000:%02X:00.0", 0x3b + device);
  return written < length ? OK : INVALID_VALUE;
}
CUresult cuDeviceTotalMem_v2(size_t *bytes, int device) { (void)device; *bytes = 1UL << 30; return OK; }

CUresult cuDeviceGetAttribute(int *value, int attribute, int device) {
  CALL(cuDeviceGetAttribute);
  (void)device;
  switch (attribute) {
    case 16: *value = MULTIPROCESSORS; return OK;
    case 75: *value = COMPUTE_CAPABILITY / 10; return OK;
    case 76: *value = COMPUTE_CAPABILITY % 10; return OK;
    case 97: *value = SHARED_BYTES; return OK;  // of a block that asks for it
    default: return INVALID_VALUE;
  }
}

CUresult cuDevicePrimaryCtxRetain(void **of, int device) {
  CALL(cuDevicePrimaryCtxRetain);
  if (stub_devices[device].lost) return stub_devices[device].lost;
  retained[device]++;
  *of = contexts + device;
  return OK;
}
// The last one takes all with it.
CUresult cuDevicePrimaryCtxRelease_v2(int device) {
  CALL(cuDevicePrimaryCtxRelease_v2);
  if (!retained[device]) return INVALID_CONTEXT;
  if (--retained[device]) return OK;
  int current = stub_device;
  stub_device = device;
  if (HERE.memories + HERE.pins + HERE.streams + HERE.events + HERE.modules + HERE.recordings) {
    tell("gone with the context");
  }
  stub_forget_streams();
  for (int i = 0; i < used; i++) give(blocks[i].of, blocks[i].start);
  CUresult lost = stub_lost;
  memset(&HERE, 0, sizeof HERE);
  stub_lost = lost;
  stub_device = current;
  return OK;
}
CUresult cuCtxPushCurrent_v2(void *of) {
  CALL(cuCtxPushCurrent_v2);
  int pushed = (int)((int *)of - contexts);
  if (pushed < 0 || pushed >= MOST_DEVICES || !retained[pushed] || stub_depth == MOST_DEPTH) {
    return INVALID_CONTEXT;
  }
  below[stub_depth++] = stub_device;
  stub_device = pushed;
  return OK;
}
CUresult cuCtxPopCurrent_v2(void **of) {
  if (!stub_depth) return INVALID_CONTEXT;
  *of = contexts + stub_device;
  stub_device = below[--stub_depth];
  return OK;
}

CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t size) {
  UNSAFE(cuMemAlloc_v2);
  void *start = take(DEVICE, size);
  if (!start) return size ? OUT_OF_MEMORY : INVALID_VALUE;
  HERE.memories++;
  *address = (CUdeviceptr)(uintptr_t)start;
  return OK;
}
// A real one waits for the device. Here work that is still to be done loses the device, which shows
// who does not wait for it.
CUresult cuMemFree_v2(CUdeviceptr address) {
  UNSAFE(cuMemFree_v2);
  if (!give(DEVICE, (void *)(uintptr_t)address)) return INVALID_VALUE;
  HERE.memories--;
  return OK;
}
CUresult cuMemGetAddressRange_v2(CUdeviceptr *start, size_t *size, CUdeviceptr address) {
  IN_CONTEXT(cuMemGetAddressRange_v2);
  const char *at = (const char *)(uintptr_t)address;
  for (int i = 0; i < used; i++) {
    if (is_here(i, DEVICE) && at >= blocks[i].start &&
        at < blocks[i].start + blocks[i].size) {
      *start = (CUdeviceptr)(uintptr_t)blocks[i].start;
      *size = blocks[i].size;
      return OK;
    }
  }
  return INVALID_VALUE;
}
CUresult cuMemGetInfo_v2(size_t *available, size_t *all) {
  IN_CONTEXT(cuMemGetInfo_v2);
  *available = 123456789;
  *all = 1UL << 30;
  return OK;
}
CUresult cuMemHostAlloc(void **address, size_t size, unsigned flags) {
  UNSAFE(cuMemHostAlloc);
  if (flags) return INVALID_VALUE;  // none that is used
  *address = take(PINNED, size);
  if (!*address) return size ? OUT_OF_MEMORY : INVALID_VALUE;
  HERE.pins++;
  return OK;
}
CUresult cuMemFreeHost(void *address) {
  UNSAFE(cuMemFreeHost);
  if (!give(PINNED, address)) return INVALID_VALUE;
  HERE.pins--;
  return OK;
}

// Memory is looked at when a call asks for the work, and again when it is done, as it may have been
// given back meanwhile.
typedef struct { char *address; int value; size_t size; } setting;
static CUresult set(void *arguments) {
  setting *of = arguments;
  if (!stub_within(DEVICE, of->address, of->size)) return ILLEGAL_ADDRESS;
  memset(of->address, of->value, of->size);
  return OK;
}
CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t size, stream *on) {
  IN_CONTEXT(cuMemsetD8Async);
  setting of = {(char *)(uintptr_t)address, value, size};
  if (!stub_within(DEVICE, of.address, size)) return INVALID_VALUE;
  return stub_ask(on, "set", set, &of, sizeof of);
}

typedef struct {
  kind from_kind; const char *from; size_t from_pitch;
  kind to_kind; char *to; size_t to_pitch;
  size_t width, rows;
} copying;
static int possible(const copying *of) {
  return of->rows && of->width && of->from_pitch >= of->width && of->to_pitch >= of->width &&
         stub_within(of->from_kind, of->from, (of->rows - 1) * of->from_pitch + of->width) &&
         stub_within(of->to_kind, of->to, (of->rows - 1) * of->to_pitch + of->width);
}
static CUresult copy(void *arguments) {
  copying *of = arguments;
  if (!possible(of)) return ILLEGAL_ADDRESS;
  for (size_t row = 0; row < of->rows; row++) {
    memcpy(of->to + row * of->to_pitch, of->from + row * of->from_pitch, of->width);
  }
  return OK;
}
// A real one takes memory that is not pinned, too, and then makes the caller wait.
static CUresult ask_copy(stream *on, copying of) {
  return possible(&of) ? stub_ask(on, "copy", copy, &of, sizeof of) : INVALID_VALUE;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t size, stream *on) {
  IN_CONTEXT(cuMemcpyHtoDAsync_v2);
  return ask_copy(on, (copying){PINNED, from, size, DEVICE, (char *)(uintptr_t)to, size, size, 1});
}
CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t size, stream *on) {
  IN_CONTEXT(cuMemcpyDtoHAsync_v2);
  return ask_copy(on, (copying){DEVICE, (char *)(uintptr_t)from, size, PINNED, to, size, size, 1});
}

typedef struct {
  size_t srcXInBytes, srcY; int srcMemoryType; const void *srcHost; CUdeviceptr srcDevice;
  void *srcArray; size_t srcPitch;
  size_t dstXInBytes, dstY; int dstMemoryType; void *dstHost; CUdeviceptr dstDevice;
  void *dstArray; size_t dstPitch;
  size_t WidthInBytes, Height;
} CUDA_MEMCPY2D;
CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *of, stream *on) {
  IN_CONTEXT(cuMemcpy2DAsync_v2);
  int up = of->srcMemoryType == 1 && of->dstMemoryType == 2;
  int down = of->srcMemoryType == 2 && of->dstMemoryType == 1;
  if (of->srcXInBytes || of->srcY || of->dstXInBytes || of->dstY || !(up || down)) {
    return INVALID_VALUE;
  }
  // A copy engine takes a matrix without gaps as one piece, and a driver does not see that it is one.
  if (of->Height == 1 || (of->srcPitch == of->WidthInBytes && of->dstPitch == of->WidthInBytes)) {
    return INVALID_VALUE;
  }
  copying asked = {up ? PINNED : DEVICE, up ? of->srcHost : (void *)(uintptr_t)of->srcDevice,
                   of->srcPitch,
                   up ? DEVICE : PINNED, up ? (void *)(uintptr_t)of->dstDevice : of->dstHost,
                   of->dstPitch, of->WidthInBytes, of->Height};
  return ask_copy(on, asked);
}
