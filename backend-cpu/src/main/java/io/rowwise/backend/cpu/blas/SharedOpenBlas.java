package io.rowwise.backend.cpu.blas;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The OpenBLAS that JavaCPP's own classes load, which the process shares with ND4J and whoever else
 * uses them. What is shared: the number of its threads, which is 1 while a backend is open and then
 * what was found, its kernels, JavaCPP's limits and its thread that frees memory.
 */
final class SharedOpenBlas extends CblasProducts {
  private static final int ONE = 1;

  private final boolean usesAvx512;
  private int users;
  private int threadsFound;

  /**
   * Loads it.
   *
   * @param usesAvx512 whether the user has asked for those kernels
   * @throws LinkageError if JavaCPP or OpenBLAS is not there
   */
  SharedOpenBlas(boolean usesAvx512) {
    this.usesAvx512 = usesAvx512;
    openblas_nolapack.blas_get_num_threads();
  }

  /** JavaCPP's pointers can be given an address only from within. */
  private static final class Bytes extends BytePointer {
    Bytes(long from, long bytes) {
      super((Pointer) null);
      address = from;
      limit = bytes;
      capacity = bytes;
    }
  }

  @Override
  public long allocate(long bytes) {
    Pointer memory = Pointer.calloc(bytes, 1);
    return memory == null ? 0 : memory.address();
  }

  @Override
  public void free(long address) {
    Pointer.free(new Bytes(address, 0));
  }

  @Override
  public boolean usesAvx512() {
    return usesAvx512;
  }

  @Override
  public synchronized void open() {
    if (users == 0) {
      threadsFound = openblas_nolapack.blas_get_num_threads();
      openblas_nolapack.blas_set_num_threads(ONE);
    }
    users++;
  }

  @Override
  public synchronized void close() {
    users--;
    if (users == 0) {
      openblas_nolapack.blas_set_num_threads(threadsFound);
    }
  }

  @Override
  public synchronized void keepOneThread() {
    if (users > 0) {
      threadsFound = openblas_nolapack.blas_get_num_threads();
      openblas_nolapack.blas_set_num_threads(ONE);
    }
  }

  @Override
  public String description() {
    return "JavaCPP's, shared with the process, which has one thread while a backend is open";
  }
}
