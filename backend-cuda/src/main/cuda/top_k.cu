// The k largest elements of each row in falling order, and the columns that they are in. A NaN is
// larger than any number; of equals the one further left comes first.
#include "memory_rows.cuh"

template <typename T>
__device__ bool comes_before(const Place<T> &a, const Place<T> &b) {
  bool same = a.value == b.value || (a.value != a.value && b.value != b.value);
  return same ? a.column < b.column : a.value > b.value || a.value != a.value;
}

template <typename T>
struct TopK {
  const T *x;
  int64 x_stride;
  T *values;
  int64 values_stride;
  T *columns;
  int64 columns_stride;
  int k;

  __device__ bool in_packs(unsigned columns_of_x) const {
    return ::in_packs(x, x_stride, columns_of_x);
  }

  __device__ Source<T> source(int64 index) const {
    return {x + index * x_stride, nullptr, -infinity<T>()};
  }

  // The best of a thread's elements of which none comes before `from`. Where there are none left it
  // is one that comes behind all elements, as padding does: every row has k.
  template <typename Row>
  __device__ static Place<T> best(Row &row, const Place<T> &from) {
    Place<T> best{-infinity<T>(), ~typename Index<T>::type(0)};
    row.each([&](int i, Pack<T> &pack) {
#pragma unroll
      for (int j = 0; j < Pack<T>::SIZE; j++) {
        Place<T> place{pack.values[j], row.layout.column(i, j)};
        if (comes_before(place, best) && !comes_before(place, from)) {
          best = place;
        }
      }
    });
    return best;
  }

  template <typename Row>
  __device__ void operator()(Row &row, int64 index, bool writes) const {
    Place<T> own = best(row, {static_cast<T>(NAN), 0});
    for (int rank = 0; rank < k; rank++) {
      Place<T> next = team_best(row.team, own);
      if (writes) {
        values[index * values_stride + rank] = next.value;
        columns[index * columns_stride + rank] = next.column;
      }
      // Only the thread that had it looks for another one.
      if (next.column == own.column) {
        own = best(row, {next.value, next.column + 1});
      }
    }
  }
};

#define TOP_K(type, T)                                                                             \
  MEMORY_ROW_KERNELS(top_k, type, T,                                                               \
                     (TopK<T>{x, x_stride, values, values_stride, columns_out,                     \
                              columns_out_stride, k}),                                             \
                     const T *x, int64 x_stride, T *values, int64 values_stride, T *columns_out,   \
                     int64 columns_out_stride, int k)

TOP_K(f32, float)
TOP_K(f64, double)
