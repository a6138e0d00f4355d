package io.rowwise.backend.cuda;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Transpose;
import java.nio.ByteBuffer;

/** A device of which nothing may be asked but what a test overrides. */
class UnusedGpu implements Gpu {
  private static UnsupportedOperationException unexpected() {
    return new UnsupportedOperationException("this test did not expect the call");
  }

  @Override
  public int multiprocessors() {
    throw unexpected();
  }

  @Override
  public int computeCapability() {
    throw unexpected();
  }

  @Override
  public int sharedBytesPerBlock() {
    throw unexpected();
  }

  @Override
  public int cublasVersion() {
    throw unexpected();
  }

  @Override
  public long freeMemory() {
    throw unexpected();
  }

  @Override
  public long allocate(long bytes) {
    throw unexpected();
  }

  @Override
  public void free(long address) {
    throw unexpected();
  }

  @Override
  public ByteBuffer pin(int bytes) {
    throw unexpected();
  }

  @Override
  public void unpin(ByteBuffer pinned) {
    throw unexpected();
  }

  @Override
  public long createStream() {
    throw unexpected();
  }

  @Override
  public void destroyStream(long stream) {
    throw unexpected();
  }

  @Override
  public void waitFor(long stream, long other) {
    throw unexpected();
  }

  @Override
  public void synchronize(long stream) {
    throw unexpected();
  }

  @Override
  public void synchronize() {
    throw unexpected();
  }

  @Override
  public void clear(long stream, long address, long bytes) {
    throw unexpected();
  }

  @Override
  public void upload(long stream, long to, long pitch, ByteBuffer from, long rowBytes, int rows) {
    throw unexpected();
  }

  @Override
  public void download(long stream, ByteBuffer to, long from, long pitch, long rowBytes, int rows) {
    throw unexpected();
  }

  @Override
  public long load(String ptx) {
    throw unexpected();
  }

  @Override
  public void unload(long module) {
    throw unexpected();
  }

  @Override
  public long kernel(long module, String name) {
    throw unexpected();
  }

  @Override
  public void launch(
      long stream, long kernel, LaunchSize size, ByteBuffer arguments, int[] offsets) {
    throw unexpected();
  }

  @Override
  public void multiply(
      long stream,
      ElementType type,
      int rows,
      int columns,
      int inner,
      double alpha,
      long a,
      Transpose transposeA,
      long leadingDimensionA,
      long b,
      Transpose transposeB,
      long leadingDimensionB,
      double beta,
      long c,
      long leadingDimensionC) {
    throw unexpected();
  }

  @Override
  public void beginRecording(long stream) {
    throw unexpected();
  }

  @Override
  public long endRecording(long stream) {
    throw unexpected();
  }

  @Override
  public void replay(long stream, long recording) {
    throw unexpected();
  }

  @Override
  public void forget(long recording) {
    throw unexpected();
  }

  @Override
  public void close() {
    throw unexpected();
  }
}
