// The softmax of each row's logits over a temperature, where the mask is not 0; elsewhere 0. A mask
// of one row for all has a stride of 0. `probabilities` may be the logits themselves.
#include "memory_rows.cuh"

// A row of which a mask keeps some.
template <typename T, typename Row>
struct MaskedRow {
  static constexpr bool KEEPS = false;
  Row &row;
  decltype(Row::team) team;
  const T *mask;
  T temperature;

  __device__ MaskedRow(Row &of, const T *with, T over)
      : row(of), team(of.team), mask(with), temperature(over) {}

  template <typename Visit>
  __device__ void each(Visit visit) {
    row.each([&](int i, Pack<T> &z) {
      Pack<T> kept = row.layout.load(mask, i, T(0));
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        z.values[j] = kept.values[j] == 0 ? -infinity<T>() : z.values[j] / temperature;
      }
      visit(i, z);
    });
  }
};

template <typename T>
struct MaskedSoftmax {
  const T *logits;
  int64 logits_stride;
  const T *mask;
  int64 mask_stride;
  T temperature;
  T *probabilities;
  int64 probabilities_stride;

  __device__ bool in_packs(unsigned columns) const {
    return ::in_packs(logits, logits_stride, columns) && ::in_packs(mask, mask_stride, columns) &&
           ::in_packs(probabilities, probabilities_stride, columns);
  }

  __device__ Source<T> source(int64 index) const {
    return {logits + index * logits_stride, nullptr, -infinity<T>()};
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool) const {
    MaskedRow<T, Row> kept(row, mask + index * mask_stride, temperature);
    Normalizer<T> of = normalize_online<T>(kept);
    Reciprocal<T> reciprocal(of.sum);
    T *out = probabilities + index * probabilities_stride;
    kept.each([&](int i, Pack<T> &z) {
      raise<T>(z, of.max);
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        z.values[j] = reciprocal.times(z.values[j]);
      }
      row.layout.store(out, i, z);
    });
  }
};

#define MASKED_SOFTMAX(type, T)                                                                    \
  MEMORY_ROW_KERNELS(masked_softmax, type, T,                                                      \
                     (MaskedSoftmax<T>{logits, logits_stride, mask, mask_stride, temperature,      \
                                       probabilities, probabilities_stride}),                      \
                     const T *logits, int64 logits_stride, const T *mask, int64 mask_stride,       \
                     T temperature, T *probabilities, int64 probabilities_stride)

MASKED_SOFTMAX(f32, float)
MASKED_SOFTMAX(f64, double)
