// cuBLAS on the host, as far as it is used: products of matrices that are stored column by column.
#include <stdlib.h>

int stub_failing(const char *name);
int stub_ask(void *stream, void (*run)(void *), const void *arguments, size_t size);

typedef struct { void *stream; void *workspace; int mode; int scalars_on_device; } handle;
enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7 };

int cublasCreate_v2(handle **of) {
  int failure = stub_failing("cublasCreate_v2");
  if (failure) return failure;
  *of = calloc(1, sizeof **of);
  (*of)->mode = -1;
  return SUCCESS;
}
int cublasDestroy_v2(handle *of) { free(of); return SUCCESS; }
int cublasGetVersion_v2(handle *of, int *version) { (void)of; *version = VERSION; return SUCCESS; }
int cublasSetStream_v2(handle *of, void *stream) {
  of->stream = stream;
  of->workspace = NULL;  // as the real one does
  return SUCCESS;
}
int cublasSetWorkspace_v2(handle *of, void *memory, size_t size) {
  of->workspace = memory;
  return size >= (8 << 20) && (size_t)memory % 256 == 0 ? SUCCESS : INVALID_VALUE;
}
int cublasSetMathMode(handle *of, int mode) { of->mode = mode; return SUCCESS; }
int cublasSetPointerMode_v2(handle *of, int mode) { of->scalars_on_device = mode; return SUCCESS; }

#define GEMM(T, name)                                                                             \
  typedef struct { int ta, tb, m, n, k; T host[2]; const T *alpha, *a; int lda; const T *b; int ldb; \
                   const T *beta; T *c; int ldc; } name##_product;                                \
  static void name##_run(void *arguments) {                                                       \
    name##_product *of = arguments;                                                               \
    T alpha = of->alpha ? *of->alpha : of->host[0];                                               \
    T beta = of->beta ? *of->beta : of->host[1];                                                  \
    for (int j = 0; j < of->n; j++) {                                                             \
      for (int i = 0; i < of->m; i++) {                                                           \
        double sum = 0;                                                                           \
        for (int l = 0; l < of->k; l++) {                                                         \
          double x = of->ta ? of->a[l + (long)i * of->lda] : of->a[i + (long)l * of->lda];        \
          double y = of->tb ? of->b[j + (long)l * of->ldb] : of->b[l + (long)j * of->ldb];        \
          sum += x * y;                                                                           \
        }                                                                                         \
        T *out = of->c + i + (long)j * of->ldc;                                                   \
        *out = (T)(alpha * sum + (beta == 0 ? 0 : beta * *out));                                  \
      }                                                                                           \
    }                                                                                             \
  }                                                                                               \
  int name(handle *of, int ta, int tb, int m, int n, int k, const T *alpha, const T *a, int lda,  \
           const T *b, int ldb, const T *beta, T *c, int ldc) {                                   \
    if (!of->workspace || of->mode != 0) return NOT_INITIALIZED;                                  \
    if (m < 1 || n < 1 || k < 1 || lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m) {         \
      return INVALID_VALUE;                                                                       \
    }                                                                                             \
    int later = of->scalars_on_device;                                                            \
    name##_product asked = {ta, tb, m, n, k, {later ? 0 : *alpha, later ? 0 : *beta},             \
                            later ? alpha : NULL, a, lda, b, ldb, later ? beta : NULL, c, ldc};   \
    return stub_ask(of->stream, name##_run, &asked, sizeof asked);                                \
  }
GEMM(float, cublasSgemm_v2)
GEMM(double, cublasDgemm_v2)
