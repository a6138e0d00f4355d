// The logarithm of the softmax of each row: (z - max z) - log(sum of e^(z - max z)).
// `log_probabilities` may be the logits themselves.
#include "softmax.cuh"

template <typename T>
struct LogSoftmax {
  const T *logits;
  int64 logits_stride;
  T *log_probabilities;
  int64 log_probabilities_stride;

  __device__ Source<T> source(int64 index, unsigned columns) const {
    return {logits + index * logits_stride, nullptr, columns, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool) const {
    Normalizer<T> of = normalize<false, T>(row);
    T logarithm = log(of.sum);
    T *out = log_probabilities + index * log_probabilities_stride;
    row.each([&](unsigned column, Pack<T> &z) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        Difference<T> difference(z.values[j], of.max);
        // Nothing is known of the loss where the difference is infinite.
        T lost = isinf(difference.value) ? 0 : difference.lost;
        z.values[j] = difference.value - (logarithm - lost);
      }
      store_pack(out, column, row.columns, z);
    });
  }
};

#define LOG_SOFTMAX(type, T)                                                                 \
  ROW_KERNELS(                                                                               \
      log_softmax, type, T,                                                                  \
      (LogSoftmax<T>{logits, logits_stride, log_probabilities, log_probabilities_stride}),   \
      const T *logits, int64 logits_stride, T *log_probabilities,                            \
      int64 log_probabilities_stride)

LOG_SOFTMAX(f32, float)
LOG_SOFTMAX(f64, double)
