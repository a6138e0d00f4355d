// Modules and kernels. The one kernel that it knows is run, the arguments of all others go into the
// file STUB_LOG. With STUB_LOADING set, a load makes the file of that name and takes until somebody
// deletes it, or five seconds. With "binary:209" in the file STUB_FAIL all binaries are refused, with
// "ptx:221" nothing is compiled.
#include <elf.h>
#include <math.h>
#include <sys/mman.h>
#include <unistd.h>
#include "stub.h"

enum { MOST_PARAMETERS = 64, OWN_SHARED_BYTES = 1000, MOST_SHARED_UNASKED = 48 * 1024 };
typedef struct {
  char name[128];
  int count, most_shared, device;
  unsigned most_threads;
  int sizes[MOST_PARAMETERS];
} kernel;
typedef struct { char *image; int binary, device; } module;

// Of a device's binary.
static const Elf64_Shdr *section(const char *image, const char *prefix, const char *name) {
  const Elf64_Ehdr *header = (const void *)image;
  const Elf64_Shdr *all = (const void *)(image + header->e_shoff);
  const char *names = image + all[header->e_shstrndx].sh_offset;
  for (int i = 0; i < header->e_shnum; i++) {
    const char *each = names + all[i].sh_name;
    if (!strncmp(each, prefix, strlen(prefix)) && !strcmp(each + strlen(prefix), name)) return all + i;
  }
  return NULL;
}
static size_t size_of(const char *image) {
  const Elf64_Ehdr *header = (const void *)image;
  const Elf64_Shdr *all = (const void *)(image + header->e_shoff);
  size_t size = header->e_shoff + header->e_shnum * sizeof *all;
  size_t programs = header->e_phoff + header->e_phnum * sizeof(Elf64_Phdr);
  if (programs > size) size = programs;
  for (int i = 0; i < header->e_shnum; i++) {
    size_t end = all[i].sh_offset + (all[i].sh_type == SHT_NOBITS ? 0 : all[i].sh_size);
    if (end > size) size = end;
  }
  return size;
}
// For devices of its major number and at least its minor one.
static int fits(const char *image) {
  const Elf64_Ehdr *header = (const void *)image;
  int made_for = (header->e_ident[EI_ABIVERSION] >= 8 ? header->e_flags >> 8 : header->e_flags) & 0xFF;
  return made_for / 10 == COMPUTE_CAPABILITY / 10 && made_for <= COMPUTE_CAPABILITY;
}

static CUresult refuse(CUresult with, const char *why, char *log, size_t size) {
  if (log && size) snprintf(log, size, "stub: %s", why);
  return with;
}

CUresult cuModuleLoadDataEx(module **of, const char *image, unsigned count, const int *options,
                            void **values) {
  {
    UNSAFE(cuModuleLoadDataEx);
  }
  // Others get on with theirs meanwhile.
  const char *loading = getenv("STUB_LOADING");
  if (loading) {
    fclose(fopen(loading, "w"));
    for (int i = 0; i < 5000 && !access(loading, F_OK); i++) usleep(1000);
  }
  UNSAFE(cuModuleLoadDataEx);
  if (!image || (count && (!options || !values))) return INVALID_VALUE;
  char *log = NULL;
  size_t log_size = 0;
  void **written = NULL;
  for (unsigned i = 0; i < count; i++) {
    switch (options[i]) {
      case 5: log = values[i]; if (!log) return INVALID_VALUE; break;
      case 6: log_size = (size_t)values[i]; written = values + i; break;
      default: return INVALID_VALUE;  // none that is used
    }
  }
  if (!log != !log_size) return INVALID_VALUE;
  int binary = !memcmp(image, ELFMAG, SELFMAG);
  CUresult failure = stub_failing(binary ? "binary" : "ptx");
  if (failure) return failure;
  if (binary) {
    if (!fits(image)) failure = refuse(NO_BINARY_FOR_GPU, "not for sm_90", log, log_size);
  } else if (!strstr(image, ".version")) {
    failure = refuse(INVALID_PTX, "no .version in line 1", log, log_size);
  }
  if (written) *written = (void *)(failure ? strlen(log) + 1 : 0);
  if (failure) return failure;
  HERE.modules++;
  *of = malloc(sizeof **of);
  **of = (module){binary ? memcpy(malloc(size_of(image)), image, size_of(image)) : strdup(image), binary,
                    stub_device};
  return OK;
}
CUresult cuModuleUnload(module *of) {
  UNSAFE(cuModuleUnload);
  HERE.modules--;
  free(of->image);
  free(of);
  return OK;
}

static int find_in_ptx(kernel *of, char *image) {
  char entry[160];
  snprintf(entry, sizeof entry, ".entry %s(", of->name);
  char *at = strstr(image, entry);
  if (!at) return 0;
  char *end = strchr(at, ')');
  while ((at = strstr(at, ".param .")) && at < end) {
    at += strlen(".param .") + 1;
    of->sizes[of->count++] = atoi(at) / 8;
  }
  unsigned x, y = 1, z = 1;
  if (sscanf(end + 1, " .maxntid %u, %u, %u", &x, &y, &z) > 0) of->most_threads = x * y * z;
  return 1;
}
// In what goes with a kernel, each entry begins with its form and its meaning; 5 are the most threads
// of a block, 0x17 is a parameter: an index, its number and offset, and from bit 18 its size.
static int find_in_binary(kernel *of, const char *image) {
  const Elf64_Shdr *info = section(image, ".nv.info.", of->name);
  if (!info || !section(image, ".text.", of->name)) return 0;
  const unsigned char *at = (const void *)(image + info->sh_offset), *end = at + info->sh_size;
  while (at < end) {
    if (at[0] == 4 && at[1] == 0x17) {
      uint16_t number;
      uint32_t packed;
      memcpy(&number, at + 8, sizeof number);
      memcpy(&packed, at + 12, sizeof packed);
      of->sizes[number] = packed >> 18;
      if (number >= of->count) of->count = number + 1;
    } else if (at[0] == 4 && at[1] == 5) {
      uint32_t most[3];
      memcpy(most, at + 4, sizeof most);
      of->most_threads = most[0] * most[1] * most[2];
    }
    at += 4 + (at[0] == 4 ? at[2] + 256 * at[3] : 0);
  }
  return 1;
}

CUresult cuModuleGetFunction(kernel **of, module *in, const char *name) {
  IN_CONTEXT(cuModuleGetFunction);
  if (in->device != stub_device) return INVALID_HANDLE;
  kernel found = {.most_shared = MOST_SHARED_UNASKED, .most_threads = 1024, .device = stub_device};
  snprintf(found.name, sizeof found.name, "%s", name);
  if (!(in->binary ? find_in_binary(&found, in->image) : find_in_ptx(&found, in->image))) {
    return NOT_FOUND;
  }
  *of = memcpy(malloc(sizeof found), &found, sizeof found);  // kept: recordings name it
  return OK;
}
CUresult cuFuncGetAttribute(int *value, int attribute, kernel *of) {
  IN_CONTEXT(cuFuncGetAttribute);
  (void)of;
  *value = OWN_SHARED_BYTES;
  return attribute == 1 ? OK : INVALID_VALUE;  // shared memory of its own
}
CUresult cuFuncSetAttribute(kernel *of, int attribute, int value) {
  IN_CONTEXT(cuFuncSetAttribute);
  if (attribute != 8 || value < 0 || value > SHARED_BYTES - OWN_SHARED_BYTES) return INVALID_VALUE;
  of->most_shared = value;
  return OK;
}

typedef struct {
  const kernel *of;
  unsigned grid[3], block[3], shared;
  unsigned char values[MOST_PARAMETERS][8];
} launch;

#define SOFTMAX(T)                                                                              \
  static CUresult softmax_##T(const launch *of) {                                               \
    const T *z = *(const T **)of->values[0], *bias = *(const T **)of->values[2];                \
    T *p = *(T **)of->values[3];                                                                \
    long long z_stride = *(long long *)of->values[1], p_stride = *(long long *)of->values[4];   \
    int rows = *(int *)of->values[5], columns = *(int *)of->values[6];                          \
    if (rows < 1) return OK;                                                                    \
    if (!stub_within(DEVICE, z, ((rows - 1) * z_stride + columns) * sizeof *z) ||               \
        !stub_within(DEVICE, p, ((rows - 1) * p_stride + columns) * sizeof *p) ||               \
        (bias && !stub_within(DEVICE, bias, columns * sizeof *bias))) {                         \
      return ILLEGAL_ADDRESS;                                                                   \
    }                                                                                           \
    for (int i = 0; i < rows; i++) {                                                            \
      double sum = 0;                                                                           \
      for (int j = 0; j < columns; j++) {                                                       \
        double power = exp((double)z[i * z_stride + j] + (bias ? bias[j] : 0));                 \
        p[i * p_stride + j] = (T)power;                                                         \
        sum += power;                                                                           \
      }                                                                                         \
      for (int j = 0; j < columns; j++) p[i * p_stride + j] = (T)(p[i * p_stride + j] / sum);   \
    }                                                                                           \
    return OK;                                                                                  \
  }
SOFTMAX(float)
SOFTMAX(double)

static CUresult run(void *arguments) {
  const launch *of = arguments;
  if (!strncmp(of->of->name, "softmax_group_", 14)) {
    return strstr(of->of->name, "_f32") ? softmax_float(of) : softmax_double(of);
  }
  FILE *log = stub_log();
  if (!log) return OK;
  fprintf(log, "%s grid %u,%u,%u block %u,%u,%u shared %u:", of->of->name, of->grid[0], of->grid[1],
          of->grid[2], of->block[0], of->block[1], of->block[2], of->shared);
  for (int i = 0; i < of->of->count; i++) {
    long long value = 0;
    memcpy(&value, of->values[i], of->of->sizes[i]);
    fprintf(log, " %llx", value);
  }
  fprintf(log, "\n");
  fclose(log);
  return OK;
}

// Whether there is memory at an address; asked once of pages that follow one another in a launch.
static int readable(const void *address, size_t size, uintptr_t *known) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = (uintptr_t)address / page * page;
  uintptr_t end = (uintptr_t)address + size;
  if (*known && start == *known && end <= start + page) return 1;
  unsigned char in_core[2];
  if (!address || mincore((void *)start, end - start, in_core)) return 0;
  *known = start;
  return 1;
}

static int in(unsigned value, unsigned least, unsigned most) { return value >= least && value <= most; }

static CUresult ask(kernel *of, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                    unsigned blockY, unsigned blockZ, unsigned shared, stream *on,
                    void **parameters) {
  if (!of || of->device != stub_device) return INVALID_HANDLE;
  if (!in(gridX, 1, INT32_MAX) || !in(gridY, 1, 65535) || !in(gridZ, 1, 65535) ||
      !in(blockX, 1, 1024) || !in(blockY, 1, 1024) || !in(blockZ, 1, 64) ||
      blockX * blockY * blockZ > 1024 || !in(shared, 0, of->most_shared)) {
    return INVALID_VALUE;
  }
  if (blockX * blockY * blockZ > of->most_threads) return OUT_OF_RESOURCES;
  launch asked = {of, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, shared, {{0}}};
  uintptr_t table = 0, values = 0;
  for (int i = 0; i < of->count; i++) {
    if (!readable(parameters + i, sizeof *parameters, &table) ||
        !readable(parameters[i], of->sizes[i], &values)) {
      return INVALID_VALUE;
    }
    memcpy(asked.values[i], parameters[i], of->sizes[i]);
  }
  return stub_ask(on, of->name, run, &asked, sizeof asked);
}

CUresult cuLaunchKernel(kernel *of, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                        unsigned blockY, unsigned blockZ, unsigned shared, stream *on,
                        void **parameters, void **extra) {
  IN_CONTEXT(cuLaunchKernel);
  if (extra) return INVALID_VALUE;
  return ask(of, gridX, gridY, gridZ, blockX, blockY, blockZ, shared, on, parameters);
}

CUresult cuLaunchCooperativeKernel(kernel *of, unsigned gridX, unsigned gridY, unsigned gridZ,
                                   unsigned blockX, unsigned blockY, unsigned blockZ,
                                   unsigned shared, stream *on, void **parameters) {
  IN_CONTEXT(cuLaunchCooperativeKernel);
  if (gridX * gridY * gridZ > MULTIPROCESSORS) return COOPERATIVE_LAUNCH_TOO_LARGE;
  return ask(of, gridX, gridY, gridZ, blockX, blockY, blockZ, shared, on, parameters);
}
