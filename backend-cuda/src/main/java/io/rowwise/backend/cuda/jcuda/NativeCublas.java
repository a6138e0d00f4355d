package io.rowwise.backend.cuda.jcuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.driver.MatrixProduct;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasPointerMode;
import jcuda.runtime.cudaStream_t;

/**
 * cuBLAS for one stream, with a workspace of its own, since two streams must not share one. Called
 * with the device's context current, by one thread at a time, and by none that waits for the device
 * while another one records: see {@link NativeStream}.
 */
final class NativeCublas {
  private final NativeStream on;
  private final cublasHandle handle = new cublasHandle();
  private final CUdeviceptr workspace = new CUdeviceptr();

  /** As a new handle has it. */
  private int pointerMode = cublasPointerMode.CUBLAS_POINTER_MODE_HOST;

  /** Waits for the device. */
  NativeCublas(NativeStream on, long workspaceBytes, int mathMode) {
    this.on = on;
    on.checkCublas("cublasCreate", JCublas2.cublasCreate(handle));
    try {
      NativeDriver.check("cuMemAlloc", JCudaDriver.cuMemAlloc(workspace, workspaceBytes));
      try {
        prepare(workspaceBytes, mathMode);
      } catch (DriverException e) {
        JCudaDriver.cuMemFree(workspace);
        throw e;
      }
    } catch (DriverException e) {
      JCublas2.cublasDestroy(handle);
      throw e;
    }
  }

  private void prepare(long workspaceBytes, int mathMode) {
    on.checkCublas(
        "cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(on.stream())));
    // After the stream, which takes the workspace away.
    on.checkCublas(
        "cublasSetWorkspace", JCublas2.cublasSetWorkspace(handle, workspace, workspaceBytes));
    on.checkCublas("cublasSetMathMode", JCublas2.cublasSetMathMode(handle, mathMode));
  }

  /** With scalars in native memory of the host, which are read before this returns. */
  void multiplyByHostScalars(Pointer alpha, MatrixProduct product, Pointer beta) {
    point(cublasPointerMode.CUBLAS_POINTER_MODE_HOST);
    multiply(alpha, product, beta);
  }

  /** With scalars on the device. */
  void multiplyByDeviceScalars(Pointer alpha, MatrixProduct product, Pointer beta) {
    point(cublasPointerMode.CUBLAS_POINTER_MODE_DEVICE);
    multiply(alpha, product, beta);
  }

  private void point(int mode) {
    if (mode != pointerMode) {
      on.checkCublas("cublasSetPointerMode", JCublas2.cublasSetPointerMode(handle, mode));
      pointerMode = mode;
    }
  }

  /** On the transposes, since cuBLAS takes matrices column by column. */
  private void multiply(Pointer alpha, MatrixProduct of, Pointer beta) {
    int operationA = operation(of.transposeA());
    int operationB = operation(of.transposeB());
    int lda = (int) of.leadingDimensionA();
    int ldb = (int) of.leadingDimensionB();
    int ldc = (int) of.leadingDimensionC();
    Pointer a = Address.of(of.a());
    Pointer b = Address.of(of.b());
    Pointer c = Address.of(of.c());
    int m = of.columns();
    int n = of.rows();
    int k = of.inner();
    switch (of.factors()) {
      case FLOAT32 ->
          on.checkCublas(
              "cublasSgemm",
              JCublas2.cublasSgemm(
                  handle, operationB, operationA, m, n, k, alpha, b, ldb, a, lda, beta, c, ldc));
      case FLOAT64 ->
          on.checkCublas(
              "cublasDgemm",
              JCublas2.cublasDgemm(
                  handle, operationB, operationA, m, n, k, alpha, b, ldb, a, lda, beta, c, ldc));
      case BFLOAT16, FLOAT16 -> {
        int type =
            of.factors() == ElementType.BFLOAT16
                ? cudaDataType.CUDA_R_16BF
                : cudaDataType.CUDA_R_16F;
        // The one without _new is what CUDA 10 had, which JCublas cannot find any more.
        on.checkCublas(
            "cublasGemmEx",
            JCublas2.cublasGemmEx_new(
                handle,
                operationB,
                operationA,
                m,
                n,
                k,
                alpha,
                b,
                type,
                ldb,
                a,
                type,
                lda,
                beta,
                c,
                cudaDataType.CUDA_R_32F,
                ldc,
                cublasComputeType.CUBLAS_COMPUTE_32F,
                cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
      }
    }
  }

  private static int operation(Transpose transpose) {
    return transpose == Transpose.YES ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
  }

  /** Waits for the device. Errors are not looked at: a lost device answers each call with one. */
  void destroy() {
    JCublas2.cublasDestroy(handle);
    JCudaDriver.cuMemFree(workspace);
  }
}
