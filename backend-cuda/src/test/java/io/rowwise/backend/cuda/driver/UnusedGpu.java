package io.rowwise.backend.cuda.driver;

import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/** A device of which nothing may be asked but what a test overrides. */
public class UnusedGpu implements Gpu {
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
  public long bytesFrom(long address) {
    throw unexpected();
  }

  @Override
  public void share(long stream, LongConsumer others) {
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
  public void awaitCopies(ByteBuffer pinned) {
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
  public long load(ByteBuffer image) {
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
  public void multiply(long stream, double alpha, MatrixProduct product, double beta) {
    throw unexpected();
  }

  @Override
  public void multiplyByDeviceScalars(long stream, long alpha, MatrixProduct product, long beta) {
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
