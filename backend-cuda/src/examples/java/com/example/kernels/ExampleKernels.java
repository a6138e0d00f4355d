package com.example.kernels;

import io.rowwise.backend.Backend;
import io.rowwise.backend.cuda.CompilerUnavailableException;
import io.rowwise.backend.cuda.CudaModule;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.KernelProvider;
import io.rowwise.kernel.Softmax;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Named in {@code META-INF/services/io.rowwise.kernel.KernelProvider}. */
public final class ExampleKernels implements KernelProvider {
  /** Called by core. */
  public ExampleKernels() {}

  /** The modules are loaded once for the backend, which closes them with itself. */
  @Override
  public List<KernelOffer<?>> offers(Backend backend) {
    List<KernelOffer<?>> offers = new ArrayList<>();
    if (CudaModule.isSupported(backend)) {
      CudaModule softmax = CudaModule.ofPtx(backend, text("online_softmax.ptx"));
      offers.add(
          new KernelOffer<>(
              Softmax.TYPE, "online softmax", 10, () -> new CudaOnlineSoftmax(softmax)));
      try {
        CudaModule margin = CudaModule.ofSource(backend, "margin.cu", text("margin.cu"));
        offers.add(
            new KernelOffer<>(Margin.TYPE, "a thread a row", 0, () -> new CudaMargin(margin)));
      } catch (CompilerUnavailableException e) {
        // Then margin is composed of primitives, as on every other backend.
      }
    }
    return offers;
  }

  private static String text(String name) {
    try (InputStream file = ExampleKernels.class.getResourceAsStream(name)) {
      if (file == null) {
        throw new IllegalStateException(name + " is not in this jar");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be read", e);
    }
  }
}
