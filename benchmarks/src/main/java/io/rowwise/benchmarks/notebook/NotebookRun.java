package io.rowwise.benchmarks.notebook;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.Backends;
import io.rowwise.backend.Matrix;
import io.rowwise.benchmarks.pytorch.PyTorch;
import io.rowwise.classifier.EpochListener;
import io.rowwise.classifier.EpochResult;
import io.rowwise.metric.Mape;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** One run: prints what the notebook prints, in its order, and keeps it for the report. */
final class NotebookRun {
  private final NotebookArguments arguments;
  private final NotebookData data;
  private final PrintWriter out;

  /**
   * Makes the data set.
   *
   * @throws IllegalArgumentException if there is none of that shape
   */
  NotebookRun(NotebookArguments arguments, PrintWriter out) {
    this.arguments = arguments;
    this.data = new NotebookData(arguments);
    this.out = out;
  }

  /**
   * Runs on the backend that the system properties choose.
   *
   * @throws IllegalArgumentException if they choose none that is known
   * @throws io.rowwise.backend.BackendUnavailableException if it is not usable
   */
  NotebookReport run() {
    BackendChoice choice = Backends.choose();
    try (Backend backend = choice.backend()) {
      Optional<String> noPyTorch = PyTorch.unavailableReason();
      NotebookReport report =
          NotebookReport.of(
              arguments,
              data,
              new NotebookReport.BackendUsed(
                  choice.requested(),
                  backend.name(),
                  backend.device().toString(),
                  choice.fallbackReason().orElse(null),
                  noPyTorch.orElseGet(PyTorch::version)));
      print("device: %s", choice);
      printShapes();
      try (RowwiseSide rowwise = new RowwiseSide(backend, arguments, data)) {
        if (noPyTorch.isPresent()) {
          print("%n%s; going on without it", noPyTorch.get());
          fitRowwise(rowwise, report);
          fitJacobian(rowwise, report);
        } else {
          try (PyTorchSide pytorch = new PyTorchSide(arguments, data)) {
            runBoth(rowwise, pytorch, report);
          }
        }
      }
      printTable(report, backend.device().id());
      return report;
    }
  }

  private void runBoth(RowwiseSide rowwise, PyTorchSide pytorch, NotebookReport report) {
    double[] wanted = pytorch.predict();
    print("");
    compare(
        report,
        "predict_before_copy",
        "predictions, before the parameters are copied",
        Mape.of(rowwise.predict(), wanted));
    rowwise.copyParameters(pytorch.weights(), pytorch.bias());
    compare(report, "predict_after_copy", "predictions, after", Mape.of(rowwise.predict(), wanted));
    compare(report, "ce", "cross-entropy", Mape.of(rowwise.crossEntropy(), pytorch.crossEntropy()));

    print("%nPyTorch %s", PyTorch.version());
    fit("pytorch", pytorch::fit, report);

    fitRowwise(rowwise, report);
    compare(report, "predict", "predictions", Mape.of(rowwise.predict(), pytorch.predict()));
    compare(report, "w", "weights", mape(rowwise.classifier().weights(), pytorch.weights()));
    compare(report, "b", "bias", mape(rowwise.classifier().bias(), pytorch.bias()));

    if (fitJacobian(rowwise, report)) {
      compare(
          report, "jacobian_w", "weights", mape(rowwise.jacobian().weights(), pytorch.weights()));
      compare(report, "jacobian_b", "bias", mape(rowwise.jacobian().bias(), pytorch.bias()));
    }
  }

  private void fitRowwise(RowwiseSide rowwise, NotebookReport report) {
    print("%nRowwise");
    fit("rowwise", listener -> rowwise.fit(rowwise.classifier(), listener), report);
  }

  /** Tells whether the Jacobian fits into memory. */
  private boolean fitJacobian(RowwiseSide rowwise, NotebookReport report) {
    print("%nRowwise, by the full Jacobian");
    try {
      fit("jacobian", listener -> rowwise.fit(rowwise.jacobian(), listener), report);
      return true;
    } catch (IllegalArgumentException tooLarge) {
      print("%s; going on without it", tooLarge.getMessage());
      return false;
    }
  }

  private void fit(
      String name, Function<EpochListener, List<EpochResult>> fit, NotebookReport report) {
    long start = System.nanoTime();
    List<EpochResult> history = fit.apply(epoch -> print("%s", epoch));
    report.seconds().put(name, (System.nanoTime() - start) / 1e9);
    report.history().put(name, history.stream().map(NotebookRun::numbers).toList());
  }

  private static double[] numbers(EpochResult epoch) {
    return new double[] {
      epoch.crossEntropy(), epoch.validationCrossEntropy(), epoch.validationAccuracy()
    };
  }

  private static double mape(Matrix parameters, double[] wanted) {
    return Mape.of(parameters.toDoubles(), wanted);
  }

  private void compare(NotebookReport report, String name, String label, double mape) {
    report.mape().put(name, mape);
    print("MAPE of %s: %.3g", label, mape);
  }

  private void printShapes() {
    int m = data.all().rows();
    int n = data.all().features();
    int c = arguments.classes();
    int train = data.train().rows();
    int valid = data.valid().rows();
    print("x: (%d, %d), y: (%d,)", m, n, m);
    print("y one-hot: (%d, %d)", m, c);
    print("train: x (%d, %d), y (%d, %d)", train, n, train, c);
    print("valid: x (%d, %d), y (%d, %d)", valid, n, valid, c);
  }

  private void printTable(NotebookReport report, String device) {
    print("%n%-10s %-16s %10s %12s %12s", "fit", "on", "seconds", "MAPE weights", "MAPE bias");
    printRow(report, "pytorch", "cpu", "", "");
    printRow(report, "rowwise", device, "w", "b");
    printRow(report, "jacobian", device, "jacobian_w", "jacobian_b");
    print("Each fit ran once in a JVM just started; measured ratios are in the README.");
  }

  private void printRow(
      NotebookReport report, String name, String device, String weights, String bias) {
    Double seconds = report.seconds().get(name);
    if (seconds != null) {
      print(
          "%-10s %-16s %10.4f %12s %12s",
          name, device, seconds, error(report, weights), error(report, bias));
    }
  }

  private static String error(NotebookReport report, String name) {
    Double mape = report.mape().get(name);
    return mape == null ? "" : String.format(Locale.ROOT, "%.2g", mape);
  }

  private void print(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
