import Diffusion
import Foundation

extension ModelBenchmark.Result {
  /// - Parameter withOperations: adds a table of operations to each part.
  public func text(withOperations: Bool) -> String {
    var lines = [
      machine.text, peak.text, "",
      "\(name), \(precision.rawValue), \(resolution) pixels, \(steps) steps with \(passCount) passes",
      String(format: "loading %.0f ms", loadMilliseconds),
    ]
    if let loading { lines += loading.lines }
    if !parts.isEmpty {
      lines += [
        "",
        Self.column("part", 24)
          + "ms (min / median / max)     samples/s    GFLOP  GFLOP/s  of peak  late allocations",
      ]
    }
    for part in parts {
      let rate = part.gigaflop / max(part.milliseconds.minimum, 1e-9) * 1e3
      lines.append(
        Self.column(part.name, 24) + Self.column(part.milliseconds.text(), 28)
          + String(
            format: "%9.2f%9.2f%9.1f%8.0f%%%18d", part.samplesPerSecond, part.gigaflop, rate,
            100 * rate / peak.gigaflopPerSecond, part.lateAllocationCount))
      if withOperations { lines += part.operations.lines(peak: peak) }
    }
    lines += [""] + memory.lines
    return lines.joined(separator: "\n")
  }

  fileprivate static func column(_ text: String, _ width: Int) -> String {
    text.padding(toLength: width, withPad: " ", startingAt: 0)
  }
}

extension LoadReport {
  /// A table of the parts.
  fileprivate var lines: [String] {
    func line(_ name: String, _ milliseconds: Double, _ rest: String = "") -> String {
      "  " + ModelBenchmark.Result.column(name, 22) + String(format: "%8.0f", milliseconds) + rest
    }
    let title = "    cpu ms  of it read    packed  tensors  stored MB  held MB   MB/s  types"
    return [
      "  " + ModelBenchmark.Result.column("part", 22) + "      ms" + title,
      line("opening all files", openMilliseconds),
    ]
      + parts.map { part in
        line(
          part.name, part.milliseconds,
          String(
            format: "%10.0f%12.0f%10.0f%9d%11d%9d%7.0f  ", part.processorMilliseconds,
            part.readMilliseconds, part.packMilliseconds, part.tensorCount,
            part.storedByteCount >> 20, part.heldByteCount >> 20,
            Double(part.storedByteCount) / 1048.576 / max(part.milliseconds, 1e-3))
            + part.storedTypes.joined(separator: " "))
      } + [line("tokenizer", tokenizerMilliseconds)]
  }
}

extension ModelBenchmark.Memory {
  fileprivate var lines: [String] {
    [
      "memory: weights \(weightByteCount >> 20) MB; process \(loadedResidentByteCount >> 20) MB "
        + "after loading, at most \(loadingPeakResidentByteCount >> 20) MB until then "
        + String(format: "(%.2f of the weights)", loadingPeakPerWeightByte),
      "peak memory: tensors \(peakTensorByteCount >> 20) MB, process "
        + "\(peakResidentByteCount >> 20) MB",
    ]
  }
}
