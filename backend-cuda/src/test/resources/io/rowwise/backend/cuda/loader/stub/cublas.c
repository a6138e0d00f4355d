// cuBLAS on the host, as far as it is used: products of matrices that are stored column by column.
// Its errors have numbers of their own, and say little of what the driver's say.
#include "stub.h"

typedef struct { stream *on; void *workspace; int mode, scalars_on_device, device; } handle;
enum { SUCCESS = 0, NOT_INITIALIZED = 1, NO_VALUE = 7, EXECUTION_FAILED = 13, INTERNAL_ERROR = 14,
       NOT_SUPPORTED = 15 };

// Both wait for the device.
int cublasCreate_v2(handle **of) {
  CALL(cublasCreate_v2);
  if (!stub_depth || stub_lost || stub_breaks_captures(1)) return NOT_INITIALIZED;
  *of = calloc(1, sizeof **of);
  (*of)->mode = -1;
  (*of)->device = stub_device;
  return SUCCESS;
}
int cublasDestroy_v2(handle *of) {
  CALL(cublasDestroy_v2);
  if (!of) return NOT_INITIALIZED;
  free(of);
  return stub_breaks_captures(1) || stub_finish_all() ? INTERNAL_ERROR : SUCCESS;
}
int cublasGetVersion_v2(handle *of, int *version) {
  CALL(cublasGetVersion_v2);
  (void)of;  // not looked at by the real one either
  *version = VERSION;
  return SUCCESS;
}
int cublasSetStream_v2(handle *of, stream *on) {
  CALL(cublasSetStream_v2);
  of->on = on;
  of->workspace = NULL;  // as the real one does
  return SUCCESS;
}
int cublasSetWorkspace_v2(handle *of, void *memory, size_t size) {
  CALL(cublasSetWorkspace_v2);
  of->workspace = memory;
  return size >= (8 << 20) && (size_t)memory % 256 == 0 && stub_within(DEVICE, memory, size)
             ? SUCCESS : NO_VALUE;
}
int cublasSetMathMode(handle *of, int mode) {
  CALL(cublasSetMathMode);
  of->mode = mode;
  return SUCCESS;
}
int cublasSetPointerMode_v2(handle *of, int mode) {
  CALL(cublasSetPointerMode_v2);
  of->scalars_on_device = mode;
  return mode == 0 || mode == 1 ? SUCCESS : NO_VALUE;
}

static double wide_float(float x) { return x; }
static double wide_double(double x) { return x; }
static double wide_bfloat16(uint16_t bits) {
  union { uint32_t bits; float value; } wide = {(uint32_t)bits << 16};
  return wide.value;
}
// Of a finite number.
static double wide_float16(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double size = exponent ? (1024 + mantissa) * 0x1p-25 * (1u << exponent) : mantissa * 0x1p-24;
  return bits >> 15 ? -size : size;
}

// A product of matrices of F, in T.
#define PRODUCT(F, T, wide, name)                                                                 \
  typedef struct { int ta, tb, m, n, k; T host[2]; const T *alpha; const F *a; int lda;           \
                   const F *b; int ldb; const T *beta; T *c; int ldc; } name##_product;           \
  static size_t name##_size(int rows, int columns, int ld, size_t element) {                      \
    return ((columns - 1) * (size_t)ld + rows) * element;                                         \
  }                                                                                               \
  static CUresult name##_run(void *arguments) {                                                   \
    name##_product *of = arguments;                                                               \
    size_t a = name##_size(of->ta ? of->k : of->m, of->ta ? of->m : of->k, of->lda, sizeof(F));   \
    size_t b = name##_size(of->tb ? of->n : of->k, of->tb ? of->k : of->n, of->ldb, sizeof(F));   \
    if (!stub_within(DEVICE, of->a, a) || !stub_within(DEVICE, of->b, b) ||                       \
        !stub_within(DEVICE, of->c, name##_size(of->m, of->n, of->ldc, sizeof(T))) ||             \
        (of->alpha && !stub_within(DEVICE, of->alpha, sizeof(T))) ||                              \
        (of->beta && !stub_within(DEVICE, of->beta, sizeof(T)))) {                                \
      return ILLEGAL_ADDRESS;                                                                     \
    }                                                                                             \
    T alpha = of->alpha ? *of->alpha : of->host[0];                                               \
    T beta = of->beta ? *of->beta : of->host[1];                                                  \
    for (int j = 0; j < of->n; j++) {                                                             \
      for (int i = 0; i < of->m; i++) {                                                           \
        double sum = 0;                                                                           \
        for (int l = 0; l < of->k; l++) {                                                         \
          F x = of->ta ? of->a[l + (long)i * of->lda] : of->a[i + (long)l * of->lda];             \
          F y = of->tb ? of->b[j + (long)l * of->ldb] : of->b[l + (long)j * of->ldb];             \
          sum += wide(x) * wide(y);                                                               \
        }                                                                                         \
        T *out = of->c + i + (long)j * of->ldc;                                                   \
        *out = (T)(alpha * sum + (beta == 0 ? 0 : beta * *out));                                  \
      }                                                                                           \
    }                                                                                             \
    return OK;                                                                                    \
  }                                                                                               \
  static int name##_ask(handle *of, int ta, int tb, int m, int n, int k, const T *alpha,          \
                        const F *a, int lda, const F *b, int ldb, const T *beta, T *c, int ldc) { \
    if (stub_lost) return EXECUTION_FAILED;                                                       \
    if (!stub_depth || of->device != stub_device || !of->workspace || of->mode != 0) {            \
      return NOT_INITIALIZED;                                                                     \
    }                                                                                             \
    if (m < 1 || n < 1 || k < 1 || lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m) {         \
      return NO_VALUE;                                                                            \
    }                                                                                             \
    int later = of->scalars_on_device;                                                            \
    name##_product asked = {ta, tb, m, n, k, {later ? 0 : *alpha, later ? 0 : *beta},             \
                            later ? alpha : NULL, a, lda, b, ldb, later ? beta : NULL, c, ldc};   \
    return stub_ask(of->on, "product", name##_run, &asked, sizeof asked) ? INTERNAL_ERROR : SUCCESS;\
  }

PRODUCT(float, float, wide_float, single)
PRODUCT(double, double, wide_double, wide)
PRODUCT(uint16_t, float, wide_bfloat16, bfloat16)
PRODUCT(uint16_t, float, wide_float16, float16)

int cublasSgemm_v2(handle *of, int ta, int tb, int m, int n, int k, const float *alpha,
                   const float *a, int lda, const float *b, int ldb, const float *beta, float *c,
                   int ldc) {
  CALL(cublasSgemm_v2);
  return single_ask(of, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
int cublasDgemm_v2(handle *of, int ta, int tb, int m, int n, int k, const double *alpha,
                   const double *a, int lda, const double *b, int ldb, const double *beta,
                   double *c, int ldc) {
  CALL(cublasDgemm_v2);
  return wide_ask(of, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
// Of what the real one takes, factors of 16 bits with sums and a result of float.
int cublasGemmEx(handle *of, int ta, int tb, int m, int n, int k, const void *alpha, const void *a,
                 int type_a, int lda, const void *b, int type_b, int ldb, const void *beta, void *c,
                 int type_c, int ldc, int computed_in, int algorithm) {
  CALL(cublasGemmEx);
  enum { FLOAT16 = 2, BFLOAT16 = 14, FLOAT32 = 0, IN_FLOAT32 = 68, ANY_ALGORITHM = -1 };
  if (type_a != type_b || type_c != FLOAT32 || computed_in != IN_FLOAT32) return NOT_SUPPORTED;
  if (algorithm != ANY_ALGORITHM) return NO_VALUE;
  switch (type_a) {
    case BFLOAT16: return bfloat16_ask(of, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    case FLOAT16: return float16_ask(of, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    default: return NOT_SUPPORTED;
  }
}
