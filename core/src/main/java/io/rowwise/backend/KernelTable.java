package io.rowwise.backend;

import io.rowwise.kernel.Kernel;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.KernelProvider;
import io.rowwise.kernel.KernelType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which kernel a backend uses for each type: the best offer, chosen once. */
final class KernelTable {
  private record Choice(KernelOffer<?> offer, String source) {}

  private static final Logger LOG = LoggerFactory.getLogger(KernelTable.class);

  private final List<String> failed = new ArrayList<>();
  private Map<KernelType<?>, Choice> choices;

  <K extends Kernel> K make(KernelType<K> type, CheckedBackend backend) {
    Choice choice = choices(backend).get(type);
    K kernel;
    if (choice == null) {
      kernel = type.compose(backend);
    } else {
      kernel = type.kernelClass().cast(choice.offer().maker().get());
      if (!choice.offer().takesHalves()) {
        kernel = type.withHalves(backend, kernel);
      }
    }
    return type.checked(backend, kernel);
  }

  String describe(CheckedBackend backend) {
    Map<String, String> lines = new TreeMap<>();
    choices(backend)
        .forEach(
            (type, choice) ->
                lines.put(
                    type.name(),
                    "kernel %s: %s, %s%n"
                        .formatted(type.name(), choice.offer().name(), choice.source())));
    return String.join("", lines.values())
        + String.join("", failed)
        + "every other kernel: composed of primitives";
  }

  private synchronized Map<KernelType<?>, Choice> choices(CheckedBackend backend) {
    if (choices == null) {
      Map<KernelType<?>, Choice> chosen = new HashMap<>();
      for (KernelOffer<?> offer : backend.brought()) {
        chosen.put(offer.type(), new Choice(offer, "brought by the backend"));
      }
      Map<KernelType<?>, Choice> offered = new HashMap<>();
      List<KernelProvider> providers = Services.load(KernelProvider.class);
      providers.sort(Comparator.comparing(provider -> provider.getClass().getName()));
      for (KernelProvider provider : providers) {
        String source = "offered by " + provider.getClass().getName();
        for (KernelOffer<?> offer : offers(provider, backend)) {
          offered.merge(
              offer.type(),
              new Choice(offer, source + " with priority " + offer.priority()),
              (first, next) -> next.offer().priority() > first.offer().priority() ? next : first);
        }
      }
      chosen.putAll(offered);
      choices = chosen;
    }
    return choices;
  }

  /** One provider that fails must not cost the program its other kernels. */
  private List<KernelOffer<?>> offers(KernelProvider provider, CheckedBackend backend) {
    try {
      return List.copyOf(provider.offers(backend));
    } catch (Throwable e) {
      String name = provider.getClass().getName();
      LOG.warn("{}: the kernels of {} are not used, as it failed", backend.name(), name, e);
      failed.add("kernels of %s: not used, as it failed with %s%n".formatted(name, e));
      return List.of();
    }
  }
}
