// The softmax of each row: e^(z - max z) / sum of e^(z - max z). `bias`, a row or null, is added to
// the logits first. `probabilities` may be the logits themselves.
#include "softmax.cuh"

template <typename T>
struct Softmax {
  const T *logits;
  int64 logits_stride;
  const T *bias;
  T *probabilities;
  int64 probabilities_stride;

  __device__ Source<T> source(int64 index) const {
    return {logits + index * logits_stride, bias, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool) const {
    Normalizer<T> of = normalize<true, T>(row);
    Reciprocal<T> reciprocal(of.sum);
    T *out = probabilities + index * probabilities_stride;
    row.each([&](int i, Pack<T> &z) {
      if (!Row::KEEPS) {
        raise(z, of.max);
      }
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        z.values[j] = reciprocal.times(z.values[j]);
      }
      row.layout.store(out, i, z);
    });
  }
};

#define SOFTMAX(type, T)                                                                           \
  ROW_KERNELS(softmax, 1024, type, T,                                                              \
              (Softmax<T>{logits, logits_stride, bias, probabilities, probabilities_stride}),      \
              const T *logits, int64 logits_stride, const T *bias, T *probabilities,               \
              int64 probabilities_stride)

SOFTMAX(f32, float)
SOFTMAX(f64, double)
