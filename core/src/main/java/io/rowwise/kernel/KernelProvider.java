package io.rowwise.kernel;

import io.rowwise.backend.Backend;
import java.util.List;

/**
 * How kernels are added from outside. Name an implementation with a public constructor without
 * arguments in {@code META-INF/services/io.rowwise.kernel.KernelProvider}.
 */
public interface KernelProvider {
  /**
   * The kernels that this provider has for a backend; empty for backends that it does not know.
   * Asked once for each backend, when the first kernel is made.
   */
  List<KernelOffer<?>> offers(Backend backend);
}
