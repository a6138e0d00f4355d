package io.rowwise.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/** What {@link Backends#describe} says. Whatever a provider throws becomes a line. */
final class BackendReport {
  private final StringBuilder text = new StringBuilder();

  private BackendReport() {}

  static String of(List<BackendProvider> providers) {
    BackendReport report = new BackendReport();
    report.addProperties(providers);
    List<BackendProvider> answering = new ArrayList<>();
    for (BackendProvider provider : providers) {
      if (answers(provider)) {
        answering.add(provider);
      } else {
        report.addLine(provider.getClass().getName() + " is passed over, as it failed");
      }
    }
    for (Candidate candidate : Candidate.of(answering)) {
      report.addLine("");
      report.addBackend(candidate);
      report.addDevices(candidate);
      report.addLibraries(candidate.provider());
    }
    return report.text.toString().strip();
  }

  private void addLine(String line) {
    text.append(line).append(System.lineSeparator());
  }

  private static boolean answers(BackendProvider provider) {
    try {
      provider.priority();
      provider.isAutomatic();
      return provider.name() != null;
    } catch (Throwable e) {
      return false;
    }
  }

  private void addProperties(List<BackendProvider> providers) {
    Properties properties = System.getProperties();
    Set<String> unread = UnreadProperties.of(providers, properties);
    for (String name : new TreeSet<>(properties.stringPropertyNames())) {
      if (name.equals(Backends.CHOICE_PROPERTY)
          || name.equals(Backends.FALLBACK_PROPERTY)
          || name.startsWith("rowwise.")) {
        addLine(
            String.format(
                Locale.ROOT,
                "-D%s=%s%s",
                name,
                properties.getProperty(name),
                unread.contains(name) ? " (nobody reads it)" : ""));
      }
    }
  }

  private void addBackend(Candidate candidate) {
    if (!candidate.isAutomatic() && !isAskedFor(candidate)) {
      addLine(candidate.name() + " is not opened, as auto never chooses it; ask for it by name");
      return;
    }
    try (Backend backend = candidate.provider().open(OptionalInt.empty())) {
      addLine(candidate.name() + ": " + backend.describe());
    } catch (BackendUnavailableException | IllegalArgumentException e) {
      addLine(candidate.name() + " is not usable: " + e.getMessage());
    } catch (Throwable e) {
      addLine(candidate.name() + " is not usable: " + e);
    }
  }

  /** How each is named, where there is a choice. */
  private void addDevices(Candidate candidate) {
    if (!candidate.isAutomatic() && !isAskedFor(candidate)) {
      return;
    }
    List<Device> devices = candidate.devices();
    if (devices.size() > 1) {
      devices.forEach(device -> addLine("device " + device));
      addLine("the class Predictor takes all of these as " + candidate.name() + ":all");
    }
  }

  private static boolean isAskedFor(Candidate candidate) {
    try {
      String asked = BackendRequest.ofProperties().backend();
      return asked.equals(candidate.name()) || asked.startsWith(candidate.name() + ":");
    } catch (IllegalArgumentException e) {
      // About falling back, which is told where something is opened.
      return false;
    }
  }

  private void addLibraries(BackendProvider provider) {
    try {
      for (String library : provider.libraries()) {
        addLine("library " + library);
      }
    } catch (Throwable e) {
      addLine("its libraries are not known: " + e);
    }
  }
}
