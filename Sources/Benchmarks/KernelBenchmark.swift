import Foundation
import TensorCore

/// Times single operations on shapes of the embedded model (a training batch of 32) and of Stable
/// Diffusion 1.5 (one picture of 512 pixels), with weights laid out for inference.
public struct KernelBenchmark {
  public struct Row: Codable, Sendable {
    public var operation: String
    public var gigaflop: Double
    public var milliseconds: Spread
    /// By the textbook method; 0 for operations that are not products.
    public var gigaflopPerSecond: Spread
  }

  public struct Result: Codable, Sendable {
    public var machine: MachineDescription
    /// In 32 bits.
    public var peak: PeakRate
    public var rows: [Row]
  }

  public var repeats = 5

  public init() {}

  public func run(progress: (String) -> Void = { _ in }) -> Result {
    let machine = MachineDescription.current()
    let peak = PeakRate.measured()
    var rows: [Row] = []
    for item in Self.cases {
      progress(item.name)
      let run = item.prepare()
      let gigaflop = OperationTable([OperationProfile.record(run).entries]).gigaflop
      let times = Spread.milliseconds(warmUp: 1, repeats: repeats, run)
      let rate = { (time: Double) in gigaflop / max(time, 1e-9) * 1e3 }
      rows.append(
        Row(
          operation: item.name, gigaflop: gigaflop, milliseconds: times,
          gigaflopPerSecond: Spread(
            minimum: rate(times.maximum), median: rate(times.median),
            maximum: rate(times.minimum))))
    }
    return Result(machine: machine, peak: peak.measuredAgain(), rows: rows)
  }

  /// An operation with a name that says its sizes; `prepare` makes its operands.
  private struct Case {
    let name: String
    let prepare: () -> () -> Void
  }

  private static func random(_ shape: Shape, _ seed: UInt64 = 1) -> Tensor {
    var stream = RandomStream(seed: seed)
    return Tensor.normal(shape, using: &stream)
  }

  private static func linear(_ rows: Int, _ inputs: Int, _ outputs: Int) -> Case {
    Case(name: "linear \(rows) x \(inputs) -> \(outputs)") {
      let x = random([rows, inputs])
      let weight = PackedMatrix(random([outputs, inputs], 2))
      return { _ = x.linear(.packed(weight), bias: nil) }
    }
  }

  private static func convolution(
    _ map: Shape, _ outputs: Int, size: Int = 3, stride: Int = 1
  ) -> Case {
    Case(name: "convolution \(map) \(size)x\(size)\(stride > 1 ? "/\(stride)" : "") -> \(outputs)")
    {
      let x = random(map)
      let weight = PackedMatrix(random([outputs, size, size, map.last], 2))
      return {
        _ = x.convolution(
          .packed(weight), bias: nil, stride: stride, padding: Padding(size / 2))
      }
    }
  }

  private static func attention(_ queries: Shape, keys: Int, heads: Int) -> Case {
    Case(name: "attention \(queries), \(keys) keys, \(heads) heads") {
      let query = random(queries)
      let key = random([queries[0], keys, queries[2]], 2)
      let value = random([queries[0], keys, queries[2]], 3)
      return { _ = Tensor.attention(query: query, key: key, value: value, headCount: heads) }
    }
  }

  private static func groupNorm(_ map: Shape, groups: Int) -> Case {
    Case(name: "group norm \(map), \(groups) groups, SiLU") {
      let x = random(map)
      let weight = Parameter(name: "weight", value: .full([map.last], 1))
      let bias = Parameter(name: "bias", value: .zeros([map.last]))
      return {
        _ = x.groupNorm(
          weight: weight, bias: bias, groupCount: groups, epsilon: 1e-5, activation: .silu)
      }
    }
  }

  private static var cases: [Case] {
    [
      linear(8192, 96, 96), linear(8192, 96, 768), linear(8192, 384, 96),
      linear(2048, 160, 1280), linear(512, 224, 1792),
      convolution([32, 16, 16, 96], 96), convolution([32, 8, 8, 160], 160),
      convolution([32, 4, 4, 224], 224), convolution([32, 16, 16, 96], 96, stride: 2),
      convolution([16, 64, 64, 16], 16), convolution([16, 32, 32, 32], 32),
      attention([32, 256, 96], keys: 256, heads: 3), attention([32, 256, 96], keys: 32, heads: 3),
      groupNorm([32, 16, 16, 96], groups: 16), groupNorm([16, 64, 64, 16], groups: 8),
      linear(4096, 320, 320), linear(4096, 320, 2560), linear(1024, 640, 640),
      linear(256, 1280, 1280), linear(77, 768, 3072),
      convolution([1, 64, 64, 320], 320), convolution([1, 32, 32, 640], 640),
      convolution([1, 16, 16, 1280], 1280), convolution([1, 64, 64, 320], 320, stride: 2),
      convolution([1, 256, 256, 128], 128),
      attention([1, 4096, 320], keys: 4096, heads: 8),
      attention([1, 4096, 320], keys: 77, heads: 8),
      groupNorm([1, 64, 64, 320], groups: 32), groupNorm([1, 256, 256, 128], groups: 32),
    ]
  }
}

extension KernelBenchmark.Result {
  public var text: String {
    let lines = rows.map { row in
      row.operation.padding(toLength: 46, withPad: " ", startingAt: 0)
        + row.milliseconds.text().padding(toLength: 28, withPad: " ", startingAt: 0)
        + (row.gigaflop > 0
          ? String(format: "%8.2f", row.gigaflop)
            + String(
              format: "%8.0f%%   ", 100 * row.gigaflopPerSecond.maximum / peak.gigaflopPerSecond)
            + row.gigaflopPerSecond.text("%.1f") : "")
    }
    let title =
      "operation".padding(toLength: 46, withPad: " ", startingAt: 0)
      + "ms (min / median / max)        GFLOP  of peak   GFLOP/s (min / median / max)"
    return ([machine.text, peak.text, "", title] + lines).joined(separator: "\n")
  }
}
