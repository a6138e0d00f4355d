package io.rowwise.backend.contract;

import io.rowwise.backend.Backend;
import io.rowwise.kernel.Kernel;
import io.rowwise.kernel.KernelType;

/** Where a kernel under test comes from. Both must give the right answer on every backend. */
enum Origin {
  /** The one that the backend chooses. */
  BEST,
  /** The composition of the backend's primitives, whatever else the backend has. */
  COMPOSED;

  <K extends Kernel> K kernel(Backend backend, KernelType<K> type) {
    return this == BEST ? backend.kernel(type) : type.checked(backend, type.compose(backend));
  }

  /** See {@link BackendUnderTest#softmaxUlps}. */
  double softmaxUlps(BackendUnderTest subject, double distanceFromMax, int classes) {
    // The composition as documented for a sum that is within 1 ulp, and what the backend's sum
    // adds to that.
    return this == BEST
        ? subject.softmaxUlps(distanceFromMax, classes)
        : 3 + distanceFromMax + subject.sumUlps(classes);
  }

  /** The same for the logarithm, in ulp of the larger of its two terms. */
  double logSoftmaxUlps(BackendUnderTest subject, int classes) {
    return this == BEST ? 4 : 3 + subject.sumUlps(classes);
  }

  /** See {@link BackendUnderTest#rmsNormUlps}. */
  double rmsNormUlps(BackendUnderTest subject, double logarithm, int columns) {
    return this == BEST
        ? subject.rmsNormUlps(logarithm, columns)
        : 5 + subject.sumUlps(columns) / 2 + 2 * Math.abs(logarithm);
  }
}
