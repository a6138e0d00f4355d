package io.rowwise.backend;

import io.rowwise.kernel.Kernel;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.KernelProvider;
import io.rowwise.kernel.KernelType;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Which kernel a backend uses for each type: the best offer, chosen once. */
final class KernelTable {
  private record Choice(KernelOffer<?> offer, String source) {}

  private Map<KernelType<?>, Choice> choices;

  <K extends Kernel> K make(KernelType<K> type, CheckedBackend backend) {
    Choice choice = choices(backend).get(type);
    K kernel;
    if (choice == null) {
      kernel = type.compose(backend);
    } else {
      kernel = type.kernelClass().cast(choice.offer().maker().get());
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
    return String.join("", lines.values()) + "every other kernel: composed of primitives";
  }

  private synchronized Map<KernelType<?>, Choice> choices(CheckedBackend backend) {
    if (choices == null) {
      Map<KernelType<?>, Choice> chosen = new HashMap<>();
      for (KernelOffer<?> offer : backend.brought()) {
        chosen.put(offer.type(), new Choice(offer, "brought by the backend"));
      }
      Map<KernelType<?>, Choice> offered = new HashMap<>();
      List<KernelProvider> providers =
          Services.load(KernelProvider.class).stream()
              .sorted(Comparator.comparing(provider -> provider.getClass().getName()))
              .toList();
      for (KernelProvider provider : providers) {
        String source = "offered by " + provider.getClass().getName();
        for (KernelOffer<?> offer : provider.offers(backend)) {
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
}
