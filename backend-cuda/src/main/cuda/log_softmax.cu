// The logarithm of the softmax of each row: (z - max z) - log(sum of e^(z - max z)).
// `log_probabilities` may be the logits themselves.
#include "softmax.cuh"

template <typename S>
struct LogSoftmax {
  using T = Computed<S>;

  const S *logits;
  int64 logits_stride;
  S *log_probabilities;
  int64 log_probabilities_stride;

  __device__ Source<S> source(int64 index) const {
    return {logits + index * logits_stride, nullptr, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool) const {
    Normalizer<T> of = normalize<false, S>(row);
    // What is subtracted, in two parts: what is small beside the maximum may be all that is left.
    Sum<T> subtracted{of.max, 0};
    subtracted.add(log(of.sum));
    S *out = log_probabilities + index * log_probabilities_stride;
    row.each_at_last([&](int i, Pack<T> &z) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        z.values[j] = (z.values[j] - subtracted.value) - subtracted.lost;
      }
      row.layout.store(out, i, z);
    });
  }
};

#define LOG_SOFTMAX(KERNELS, type, S)                                                              \
  KERNELS(log_softmax, 1024, type, S,                                                              \
          (LogSoftmax<S>{logits, logits_stride, log_probabilities, log_probabilities_stride}),     \
          const S *logits, int64 logits_stride, S *log_probabilities,                              \
          int64 log_probabilities_stride)

FOR_EACH_TYPE(LOG_SOFTMAX)
