// Compiled as sample_softmax.cu is. Kernels for single instructions and for patterns that the
// others do not have: vector accesses, structs, constants, atomics, votes.
extern "C" __global__ void exp_f32(const float *x, float *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = expf(x[i]); }
extern "C" __global__ void exp_f64(const double *x, double *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = exp(x[i]); }
extern "C" __global__ void log_f32(const float *x, float *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = logf(x[i]); }
extern "C" __global__ void log_f64(const double *x, double *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = log(x[i]); }
extern "C" __global__ void fast_exp_f32(const float *x, float *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = __expf(x[i]); }
extern "C" __global__ void divide_f32(const float *a, const float *b, float *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = a[i] / b[i]; }
extern "C" __global__ void divide_f64(const double *a, const double *b, double *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = a[i] / b[i]; }
extern "C" __global__ void expm1_log1p_f64(const double *x, double *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = log1p(expm1(x[i])); }
extern "C" __global__ void tanh_f32(const float *x, float *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = tanhf(x[i]); }
extern "C" __global__ void square_root_f64(const double *x, double *y, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) y[i] = sqrt(x[i]) + rsqrt(x[i]); }
extern "C" __global__ void scale_float4(const float4 *x, float4 *y, float factor, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) { float4 v = x[i]; v.x *= factor; v.y *= factor; v.z *= factor; v.w *= factor; y[i] = v; }
}
extern "C" __global__ void scale_double2(const double2 *x, double2 *y, double factor, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) { double2 v = x[i]; v.x *= factor; v.y *= factor; y[i] = v; }
}
extern "C" __global__ void row_argmax_f64(const double *x, int *y, int rows, int columns) {
  const int row = (blockIdx.x * blockDim.x + threadIdx.x) >> 5, lane = threadIdx.x & 31;
  if (row >= rows) return;
  double best = -__longlong_as_double(0x7ff0000000000000LL); int at = columns;
  for (int c = lane; c < columns; c += 32) { double v = x[(long long)row * columns + c]; if (v > best) { best = v; at = c; } }
  for (int d = 16; d > 0; d >>= 1) {
    double ov = __shfl_xor_sync(0xffffffffu, best, d); int oa = __shfl_xor_sync(0xffffffffu, at, d);
    if (ov > best || (ov == best && oa < at)) { best = ov; at = oa; }
  }
  if (lane == 0) y[row] = at;
}
struct Epilogue { double scale; int mode; float shift; };
__constant__ double table[4] = {1.0, 2.0, 4.0, 8.0};
__device__ int counter;
extern "C" __global__ void struct_argument(double *y, Epilogue e, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = e.mode == 1 ? table[i & 3] * e.scale + e.shift : (double)(i / e.mode) + (double)(i % e.mode);
}
extern "C" __global__ void histogram(const int *label, int *counts, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) { atomicAdd(&counts[label[i]], 1); atomicMax(&counter, label[i]); }
}
extern "C" __global__ void last_block_sum(const double *x, double *partial, double *y, unsigned *ticket, int n) {
  __shared__ double tree[64]; __shared__ bool last;
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  tree[threadIdx.x] = i < n ? x[i] : 0; __syncthreads();
  for (int d = 32; d > 0; d >>= 1) { if (threadIdx.x < d) tree[threadIdx.x] += tree[threadIdx.x + d]; __syncthreads(); }
  if (threadIdx.x == 0) { partial[blockIdx.x] = tree[0]; __threadfence(); last = atomicAdd(ticket, 1u) == gridDim.x - 1; }
  __syncthreads();
  if (last && threadIdx.x == 0) { __threadfence(); double s = 0; for (unsigned b = 0; b < gridDim.x; b++) s += partial[b]; *y = s; }
}
extern "C" __global__ void ballot_count(const int *x, int *y, int n) {
  int i = threadIdx.x; unsigned b = __ballot_sync(0xffffffffu, i < n && x[i] > 0);
  if (i == 0) { y[0] = __popc(b); y[1] = __ffs(b); y[2] = __clz(b); y[3] = __brev(b); }
  int a = __any_sync(0xffffffffu, i == 5); if (i == 1) y[4] = a;
  if (i & 1) { unsigned m = __activemask(); if (i == 1) y[5] = m; }
}
