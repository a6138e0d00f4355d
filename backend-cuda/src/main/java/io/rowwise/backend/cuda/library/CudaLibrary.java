package io.rowwise.backend.cuda.library;

import java.util.List;

/**
 * A library of the CUDA toolkit that this backend uses through JCuda.
 *
 * @param title as people call it
 * @param stem its file's name without version: {@code libcublas.so.}
 * @param binding JCuda's native library on it, without version and platform
 * @param artifact which of JCuda's artifacts has that
 * @param companions pattern of the files beside it that have to be loaded before it; {@code %d} is
 *     the version of CUDA
 * @param symbols what is called of it
 */
public record CudaLibrary(
    String title,
    String stem,
    String binding,
    String artifact,
    String companions,
    List<String> symbols) {
  /** The matrix products. */
  public static final CudaLibrary CUBLAS =
      new CudaLibrary(
          "cuBLAS",
          "libcublas.so.",
          "JCublas2",
          "jcublas-natives",
          "libcublasLt.so.%d",
          List.of(
              "cublasCreate_v2",
              "cublasDestroy_v2",
              "cublasSetStream_v2",
              "cublasSetWorkspace_v2",
              "cublasSetMathMode",
              "cublasSetPointerMode_v2",
              "cublasGetVersion_v2",
              "cublasSgemm_v2",
              "cublasDgemm_v2"));

  /** The compiler. */
  public static final CudaLibrary NVRTC =
      new CudaLibrary(
          "NVRTC",
          "libnvrtc.so.",
          "JNvrtc",
          "jcuda-natives",
          "libnvrtc-builtins.so.%d.*",
          List.of(
              "nvrtcVersion",
              "nvrtcGetErrorString",
              "nvrtcGetNumSupportedArchs",
              "nvrtcGetSupportedArchs",
              "nvrtcCreateProgram",
              "nvrtcCompileProgram",
              "nvrtcGetProgramLogSize",
              "nvrtcGetProgramLog",
              "nvrtcGetPTXSize",
              "nvrtcGetPTX",
              "nvrtcDestroyProgram"));

  /** Its file for a version of CUDA: {@code libcublas.so.12}. */
  String file(int cuda) {
    return stem + cuda;
  }
}
