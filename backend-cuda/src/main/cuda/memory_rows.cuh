// Functions of rows that stay in memory and are read anew in each pass, mostly from a cache: two
// kernels a function, for short rows and for long ones, where softmax.cuh makes ten.
#pragma once

#include "softmax.cuh"

// Of every block; one of `group` has the rows of as many teams of 2^lane_bits lanes as there are,
// one of `block` a single row.
constexpr int MEMORY_ROW_THREADS = 256;

// Whether all rows of a matrix are whole packs.
template <typename T>
__device__ bool in_packs(const T *matrix, int64 stride, unsigned columns) {
  return whole_packs(matrix, columns) && stride % Pack<T>::SIZE == 0;
}

// Calls operation(row, index, writes) for a team's row; `writes` is true for the one thread of a row
// that writes what there is one of per row. The operation also says where a row comes from,
// source(index), and whether all rows of its matrices are whole packs: all threads of a block go the
// same way here, since they wait for each other behind.
template <typename T, typename Operation, typename Team>
__device__ void row_in_memory(const Operation &operation, const Team &team, int64 index, int rows,
                              int columns) {
  bool exists = index < rows;
  bool writes = exists && team.rank == 0;
  Share share = share_in_turn(team);
  unsigned own = exists ? columns : 0;
  Source<T> source = operation.source(exists ? index : 0);
  if (operation.in_packs(columns)) {
    MemoryRow<T, Team, Packs<T>> row(team, {share, own}, source);
    operation(row, index, writes);
  } else {
    MemoryRow<T, Team, Elements<T>> row(team, {share, own}, source);
    operation(row, index, writes);
  }
}

// OPERATION is made of the parameters before the shape, which are the last arguments, and of these.
#define MEMORY_ROW_KERNELS(name, type, T, OPERATION, ...)                                          \
  KERNEL(MEMORY_ROW_THREADS)                                                                       \
  name##_group_##type(__VA_ARGS__, int rows, int columns, int lane_bits) {                         \
    LanesOfRow of(MEMORY_ROW_THREADS, lane_bits);                                                  \
    row_in_memory<T>(OPERATION, of.lanes, of.row, rows, columns);                                  \
  }                                                                                                \
  KERNEL(MEMORY_ROW_THREADS)                                                                       \
  name##_block_##type(__VA_ARGS__, int rows, int columns) {                                        \
    row_in_memory<T>(OPERATION, this_block(), blockIdx.x, rows, columns);                          \
  }
