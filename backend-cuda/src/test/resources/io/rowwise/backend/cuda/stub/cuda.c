// A driver without a device: its memory is the host's, its streams do what they are asked at once.
// It checks what it is given, runs the one kernel that it knows, writes the arguments of all others
// into the file STUB_LOG, and in the end what was not given back. The file STUB_FAIL makes a call
// fail: with "cuMemAlloc_v2:2" in it that one returns 2.
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int CUresult;
typedef unsigned long long CUdeviceptr;
enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_CONTEXT = 201, INVALID_HANDLE = 400,
       NOT_FOUND = 500, CAPTURING = 900 };

#define CALL(name) do { CUresult failure = stub_failing(#name); if (failure) return failure; } while (0)
#define IN_CONTEXT(name) do { CALL(name); if (depth == 0) return NO_CONTEXT; } while (0)

CUresult stub_failing(const char *name) {
  char wanted[128] = "";
  FILE *file = fopen(getenv("STUB_FAIL"), "r");
  if (!file) return OK;
  char *read = fgets(wanted, sizeof wanted, file);
  fclose(file);
  size_t length = strlen(name);
  return read && !strncmp(wanted, name, length) && wanted[length] == ':' ? atoi(wanted + length + 1)
                                                                         : OK;
}

// What there is, and how many.
static _Atomic int memories, pins, streams, events, modules, recordings, retained;
static __thread int depth;
static int context;

__attribute__((destructor)) static void tell(void) {
  FILE *log = fopen(getenv("STUB_LOG"), "a");
  fprintf(log, "left: memory %d, pinned %d, streams %d, events %d, modules %d, recordings %d, "
          "contexts %d, pushed %d\n", memories, pins, streams, events, modules, recordings, retained,
          depth);
  fclose(log);
}

// The blocks that were taken, to see whether a copy stays within one.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
enum { MOST = 4096 };
static struct { char *start; size_t size; } blocks[MOST];

static void *take(size_t size) {
  void *start = NULL;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MOST && !start; i++) {
    if (!blocks[i].start) {
      start = aligned_alloc(256, (size + 255) / 256 * 256);
      memset(start, 0xFF, size);
      blocks[i].start = start;
      blocks[i].size = size;
    }
  }
  pthread_mutex_unlock(&lock);
  return start;
}

static int give(void *start) {
  int found = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MOST && start && !found; i++) {
    if (blocks[i].start == start) {
      found = 1;
      free(start);
      blocks[i].start = NULL;
    }
  }
  pthread_mutex_unlock(&lock);
  return found;
}

static int within(const void *from, size_t size) {
  int found = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < MOST && !found; i++) {
    const char *start = blocks[i].start;
    found = start && (const char *)from >= start &&
            (const char *)from + size <= start + blocks[i].size;
  }
  pthread_mutex_unlock(&lock);
  return found;
}

// Work: a function and a copy of its arguments, done now or kept in a recording.
typedef struct work { void (*run)(void *); void *arguments; struct work *next; } work;
typedef struct { int capturing; work *first, **last; } stream;
typedef struct { work *first; } graph;

CUresult stub_ask(stream *on, void (*run)(void *), const void *arguments, size_t size) {
  if (!on) return INVALID_HANDLE;
  void *copy = malloc(size);
  memcpy(copy, arguments, size);
  if (!on->capturing) {
    run(copy);
    free(copy);
    return OK;
  }
  work *asked = malloc(sizeof *asked);
  *asked = (work){run, copy, NULL};
  *on->last = asked;
  on->last = &asked->next;
  return OK;
}

CUresult cuInit(unsigned flags) { CALL(cuInit); (void)flags; return OK; }
CUresult cuDriverGetVersion(int *version) { CALL(cuDriverGetVersion); *version = 13000; return OK; }
CUresult cuDeviceGetCount(int *count) { CALL(cuDeviceGetCount); *count = 1; return OK; }
CUresult cuDeviceGet(int *device, int ordinal) { *device = ordinal; return ordinal ? 101 : OK; }
CUresult cuDeviceGetName(char *name, int length, int device) {
  (void)device;
  snprintf(name, length, "Stub GPU");
  return OK;
}
CUresult cuDeviceTotalMem_v2(size_t *bytes, int device) { (void)device; *bytes = 1UL << 30; return OK; }

CUresult cuDeviceGetAttribute(int *value, int attribute, int device) {
  CALL(cuDeviceGetAttribute);
  (void)device;
  switch (attribute) {
    case 16: *value = 4; return OK;        // multiprocessors
    case 75: *value = 9; return OK;        // compute capability, major
    case 76: *value = 0; return OK;        // and minor
    case 97: *value = 227 * 1024; return OK;  // shared memory of a block that asks for it
    default: return INVALID_VALUE;
  }
}

CUresult cuDevicePrimaryCtxRetain(void **of, int device) {
  CALL(cuDevicePrimaryCtxRetain);
  (void)device;
  retained++;
  *of = &context;
  return OK;
}
// The last one takes all memory with it.
CUresult cuDevicePrimaryCtxRelease_v2(int device) {
  (void)device;
  if (--retained == 0 && memories + pins > 0) {
    FILE *log = fopen(getenv("STUB_LOG"), "a");
    fprintf(log, "gone with the context: memory %d, pinned %d\n", memories, pins);
    fclose(log);
    for (int i = 0; i < MOST; i++) give(blocks[i].start);
    memories = pins = 0;
  }
  return OK;
}
CUresult cuCtxPushCurrent_v2(void *of) {
  CALL(cuCtxPushCurrent_v2);
  if (of != &context || !retained) return NO_CONTEXT;
  depth++;
  return OK;
}
CUresult cuCtxPopCurrent_v2(void **of) {
  if (!depth) return NO_CONTEXT;
  depth--;
  *of = &context;
  return OK;
}
CUresult cuCtxSynchronize(void) { IN_CONTEXT(cuCtxSynchronize); return OK; }

CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t size) {
  IN_CONTEXT(cuMemAlloc_v2);
  void *start = take(size);
  if (!start) return OUT_OF_MEMORY;
  memories++;
  *address = (CUdeviceptr)(uintptr_t)start;
  return OK;
}
CUresult cuMemFree_v2(CUdeviceptr address) {
  IN_CONTEXT(cuMemFree_v2);
  if (!give((void *)(uintptr_t)address)) return INVALID_VALUE;
  memories--;
  return OK;
}
CUresult cuMemGetInfo_v2(size_t *available, size_t *all) {
  IN_CONTEXT(cuMemGetInfo_v2);
  *available = 123456789;
  *all = 1UL << 30;
  return OK;
}
CUresult cuMemHostAlloc(void **address, size_t size, unsigned flags) {
  IN_CONTEXT(cuMemHostAlloc);
  (void)flags;
  *address = take(size);
  if (!*address) return OUT_OF_MEMORY;
  pins++;
  return OK;
}
CUresult cuMemFreeHost(void *address) {
  IN_CONTEXT(cuMemFreeHost);
  if (!give(address)) return INVALID_VALUE;
  pins--;
  return OK;
}

typedef struct { void *address; int value; size_t size; } setting;
static void set(void *arguments) {
  setting *of = arguments;
  memset(of->address, of->value, of->size);
}
CUresult cuMemsetD8Async(CUdeviceptr address, unsigned char value, size_t size, stream *on) {
  IN_CONTEXT(cuMemsetD8Async);
  setting of = {(void *)(uintptr_t)address, value, size};
  return within(of.address, size) ? stub_ask(on, set, &of, sizeof of) : INVALID_VALUE;
}

typedef struct {
  size_t srcXInBytes, srcY; int srcMemoryType; const void *srcHost; CUdeviceptr srcDevice;
  void *srcArray; size_t srcPitch;
  size_t dstXInBytes, dstY; int dstMemoryType; void *dstHost; CUdeviceptr dstDevice;
  void *dstArray; size_t dstPitch;
  size_t WidthInBytes, Height;
} CUDA_MEMCPY2D;
static void copy(void *arguments) {
  CUDA_MEMCPY2D *of = arguments;
  const char *from = of->srcMemoryType == 1 ? of->srcHost : (void *)(uintptr_t)of->srcDevice;
  char *to = of->dstMemoryType == 1 ? of->dstHost : (void *)(uintptr_t)of->dstDevice;
  for (size_t row = 0; row < of->Height; row++) {
    memcpy(to + row * of->dstPitch, from + row * of->srcPitch, of->WidthInBytes);
  }
}
CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D *of, stream *on) {
  IN_CONTEXT(cuMemcpy2DAsync_v2);
  if (of->srcXInBytes || of->srcY || of->dstXInBytes || of->dstY || !of->Height ||
      of->srcPitch < of->WidthInBytes || of->dstPitch < of->WidthInBytes ||
      of->srcMemoryType + of->dstMemoryType != 3) {
    return INVALID_VALUE;
  }
  const void *from = of->srcMemoryType == 1 ? of->srcHost : (void *)(uintptr_t)of->srcDevice;
  const void *to = of->dstMemoryType == 1 ? of->dstHost : (void *)(uintptr_t)of->dstDevice;
  size_t rows = of->Height - 1;
  if (!within(from, rows * of->srcPitch + of->WidthInBytes) ||
      !within(to, rows * of->dstPitch + of->WidthInBytes)) {
    return INVALID_VALUE;
  }
  return stub_ask(on, copy, of, sizeof *of);
}

CUresult cuStreamCreate(stream **of, unsigned flags) {
  IN_CONTEXT(cuStreamCreate);
  if (flags != 1) return INVALID_VALUE;  // it must not wait for the default stream
  streams++;
  *of = calloc(1, sizeof **of);
  return OK;
}
CUresult cuStreamDestroy_v2(stream *of) { IN_CONTEXT(cuStreamDestroy_v2); streams--; free(of); return OK; }
CUresult cuStreamSynchronize(stream *of) {
  IN_CONTEXT(cuStreamSynchronize);
  return of->capturing ? CAPTURING : OK;
}
CUresult cuEventCreate(int **of, unsigned flags) {
  IN_CONTEXT(cuEventCreate);
  (void)flags;
  events++;
  *of = calloc(1, sizeof **of);
  return OK;
}
CUresult cuEventDestroy_v2(int *of) { IN_CONTEXT(cuEventDestroy_v2); events--; free(of); return OK; }
CUresult cuEventRecord(int *of, stream *on) {
  IN_CONTEXT(cuEventRecord);
  if (on->capturing) return CAPTURING;
  *of = 1;
  return OK;
}
CUresult cuStreamWaitEvent(stream *of, int *event, unsigned flags) {
  IN_CONTEXT(cuStreamWaitEvent);
  (void)flags;
  if (of->capturing) return CAPTURING;
  return *event ? OK : INVALID_HANDLE;
}

CUresult cuStreamBeginCapture_v2(stream *of, int mode) {
  IN_CONTEXT(cuStreamBeginCapture_v2);
  if (of->capturing || mode != 1) return CAPTURING;
  of->capturing = 1;
  of->first = NULL;
  of->last = &of->first;
  return OK;
}
CUresult cuStreamEndCapture(stream *of, graph **recorded) {
  IN_CONTEXT(cuStreamEndCapture);
  if (!of->capturing) return CAPTURING;
  of->capturing = 0;
  *recorded = malloc(sizeof **recorded);
  (*recorded)->first = of->first;
  return OK;
}
CUresult cuGraphInstantiateWithFlags(graph **of, graph *recorded, unsigned long long flags) {
  IN_CONTEXT(cuGraphInstantiateWithFlags);
  (void)flags;
  recordings++;
  *of = malloc(sizeof **of);
  **of = *recorded;
  return OK;
}
CUresult cuGraphDestroy(graph *of) { IN_CONTEXT(cuGraphDestroy); free(of); return OK; }
CUresult cuGraphExecDestroy(graph *of) { IN_CONTEXT(cuGraphExecDestroy); recordings--; free(of); return OK; }
CUresult cuGraphLaunch(graph *of, stream *on) {
  IN_CONTEXT(cuGraphLaunch);
  if (!on || on->capturing) return CAPTURING;
  for (work *each = of->first; each; each = each->next) {
    each->run(each->arguments);
  }
  return OK;
}

enum { MOST_PARAMETERS = 32 };
typedef struct { char name[128]; int count; int sizes[MOST_PARAMETERS]; } kernel;

// A module is a copy of its image: PTX, or a binary, which is an ELF file.
static uint64_t at64(const char *at) { uint64_t value; memcpy(&value, at, 8); return value; }
static uint32_t at32(const char *at) { uint32_t value; memcpy(&value, at, 4); return value; }
static uint16_t at16(const char *at) { uint16_t value; memcpy(&value, at, 2); return value; }
static int is_binary(const char *image) { return !memcmp(image, "\177ELF", 4); }

// With "binary:209" in the file, all binaries are refused; with "ptx:221", nothing is compiled.
static CUresult stub_take(const char *image, size_t *size) {
  if (!is_binary(image)) {
    CALL(ptx);
    *size = strlen(image) + 1;
    return strstr(image, ".version") ? OK : 218;  // invalid PTX
  }
  CALL(binary);
  size_t sections = at64(image + 40) + 64 * at16(image + 60);
  size_t programs = at64(image + 32) + 56 * at16(image + 56);
  *size = sections > programs ? sections : programs;
  return (at32(image + 48) & 0xFF) == 90 ? OK : 209;  // no binary for this GPU
}
CUresult cuModuleLoadDataEx(char **of, const char *image, unsigned count, int *options, void **values) {
  IN_CONTEXT(cuModuleLoadDataEx);
  (void)count; (void)options; (void)values;
  size_t size;
  CUresult refusal = stub_take(image, &size);
  if (refusal) return refusal;
  modules++;
  *of = memcpy(malloc(size), image, size);
  return OK;
}
CUresult cuModuleUnload(char *of) { IN_CONTEXT(cuModuleUnload); modules--; free(of); return OK; }

// A binary has the sizes of a kernel's parameters in a section for the kernel.
static int find_in_binary(kernel *of, const char *image) {
  char wanted[160];
  snprintf(wanted, sizeof wanted, ".nv.info.%s", of->name);
  const char *sections = image + at64(image + 40);
  const char *names = image + at64(sections + 64 * at16(image + 62) + 24);
  for (int i = 0; i < at16(image + 60); i++) {
    const char *section = sections + 64 * i;
    if (strcmp(names + at32(section), wanted)) continue;
    const char *end = image + at64(section + 24) + at64(section + 32);
    for (const char *at = image + at64(section + 24); at < end;) {
      if (at[0] == 4 && at[1] == 0x17) {
        of->sizes[at16(at + 8)] = at32(at + 12) >> 18;
        of->count++;
      }
      at += at[0] == 4 ? 4 + at16(at + 2) : 4;
    }
    return 1;
  }
  return 0;
}
static int find_in_ptx(kernel *of, const char *image) {
  char entry[160];
  snprintf(entry, sizeof entry, ".entry %s(", of->name);
  const char *at = strstr(image, entry);
  if (!at) return 0;
  const char *end = strchr(at, ')');
  while ((at = strstr(at, ".param .")) && at < end) {
    at += strlen(".param .") + 1;
    of->sizes[of->count++] = atoi(at) / 8;
  }
  return 1;
}
CUresult cuModuleGetFunction(kernel **of, char *module, const char *name) {
  IN_CONTEXT(cuModuleGetFunction);
  kernel found = {"", 0, {0}};
  snprintf(found.name, sizeof found.name, "%s", name);
  if (!(is_binary(module) ? find_in_binary : find_in_ptx)(&found, module)) return NOT_FOUND;
  *of = memcpy(malloc(sizeof found), &found, sizeof found);
  return OK;
}
CUresult cuFuncGetAttribute(int *value, int attribute, kernel *of) {
  IN_CONTEXT(cuFuncGetAttribute);
  (void)of;
  *value = 1000;
  return attribute == 1 ? OK : INVALID_VALUE;  // shared memory of its own
}
CUresult cuFuncSetAttribute(kernel *of, int attribute, int value) {
  IN_CONTEXT(cuFuncSetAttribute);
  (void)of;
  return attribute == 8 && value == 227 * 1024 - 1000 ? OK : INVALID_VALUE;
}

typedef struct { kernel of; unsigned grid[3], block[3], shared; unsigned char values[MOST_PARAMETERS][8]; } launch;

#define SOFTMAX(T)                                                                              \
  static void softmax_##T(const launch *of) {                                                   \
    const T *z = *(const T **)of->values[0], *bias = *(const T **)of->values[2];                \
    T *p = *(T **)of->values[3];                                                                \
    long long z_stride = *(long long *)of->values[1], p_stride = *(long long *)of->values[4];   \
    int rows = *(int *)of->values[5], columns = *(int *)of->values[6];                          \
    for (int i = 0; i < rows; i++) {                                                            \
      double sum = 0;                                                                           \
      for (int j = 0; j < columns; j++) {                                                       \
        double power = exp((double)z[i * z_stride + j] + (bias ? bias[j] : 0));                 \
        p[i * p_stride + j] = (T)power;                                                         \
        sum += power;                                                                           \
      }                                                                                         \
      for (int j = 0; j < columns; j++) p[i * p_stride + j] = (T)(p[i * p_stride + j] / sum);   \
    }                                                                                           \
  }
SOFTMAX(float)
SOFTMAX(double)

static void run(void *arguments) {
  const launch *of = arguments;
  if (!strcmp(of->of.name, "softmax_group_f32")) {
    softmax_float(of);
  } else if (!strcmp(of->of.name, "softmax_group_f64")) {
    softmax_double(of);
  } else {
    FILE *log = fopen(getenv("STUB_LOG"), "a");
    fprintf(log, "%s grid %u,%u,%u block %u,%u,%u shared %u:", of->of.name, of->grid[0], of->grid[1],
            of->grid[2], of->block[0], of->block[1], of->block[2], of->shared);
    for (int i = 0; i < of->of.count; i++) {
      long long value = 0;
      memcpy(&value, of->values[i], of->of.sizes[i]);
      fprintf(log, " %llx", value);
    }
    fprintf(log, "\n");
    fclose(log);
  }
}

CUresult cuLaunchKernel(kernel *of, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                        unsigned blockY, unsigned blockZ, unsigned shared, stream *on,
                        void **parameters, void **extra) {
  IN_CONTEXT(cuLaunchKernel);
  if (extra || blockX * blockY * blockZ > 1024) return INVALID_VALUE;
  launch asked = {*of, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, shared, {{0}}};
  for (int i = 0; i < of->count; i++) {
    memcpy(asked.values[i], parameters[i], of->sizes[i]);
  }
  return stub_ask(on, run, &asked, sizeof asked);
}
