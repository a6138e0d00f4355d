package io.rowwise.backend.cuda.jcuda;

import jcuda.driver.CUdeviceptr;

/** A device pointer that tells its value. */
final class Address extends CUdeviceptr {
  private static final CUdeviceptr NULL = new CUdeviceptr();

  /** For the driver to set. */
  Address() {}

  private Address(long value) {
    super(NULL, value);
  }

  static Address of(long value) {
    return new Address(value);
  }

  /** What the driver set. */
  long value() {
    return getNativePointer();
  }
}
