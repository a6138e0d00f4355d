// The softmax of each row: e^(z - max z) / sum of e^(z - max z). `bias`, a row or null, is added to
// the logits first, but to none of 16 bits. `probabilities` may be the logits themselves.
#include "softmax.cuh"

template <typename S>
struct Softmax {
  using T = Computed<S>;

  const S *logits;
  int64 logits_stride;
  const S *bias;
  S *probabilities;
  int64 probabilities_stride;

  __device__ Source<S> source(int64 index) const {
    return {logits + index * logits_stride, bias, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool) const {
    Normalizer<T> of = normalize<true, S>(row);
    Reciprocal<T> reciprocal(of.sum);
    S *out = probabilities + index * probabilities_stride;
    row.each_at_last([&](int i, Pack<T> &z) {
      if (!row.keeps(i)) {
        raise<S>(z, of.max);
      }
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        z.values[j] = reciprocal.times(z.values[j]);
      }
      row.layout.store(out, i, z);
    });
  }
};

#define SOFTMAX(KERNELS, type, S)                                                                  \
  KERNELS(softmax, 1024, type, S,                                                                  \
          (Softmax<S>{logits, logits_stride, bias, probabilities, probabilities_stride}),          \
          const S *logits, int64 logits_stride, const S *bias, S *probabilities,                   \
          int64 probabilities_stride)

FOR_EACH_TYPE(SOFTMAX)
