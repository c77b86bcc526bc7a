import KernelInterface

extension VectorKernels {
  /// `y = activation(x)`.
  public func activate(
    _ range: Range<Int>, _ activation: Activation, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    switch activation {
    case .none: forEachVector(in: range) { store(load(x, $0), y, $0) }
    case .silu: forEachVector(in: range) { store(vectorSiLU(load(x, $0)), y, $0) }
    case .gelu: forEachVector(in: range) { store(vectorGELU(load(x, $0)), y, $0) }
    case .quickGELU: forEachVector(in: range) { store(vectorQuickGELU(load(x, $0)), y, $0) }
    }
  }

  /// `dx = dy * activation'(x)`.
  public func activationGradient(
    _ range: Range<Int>, _ activation: Activation, x: UnsafePointer<Float>,
    dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>
  ) {
    switch activation {
    case .none:
      forEachVector(in: range) { store(load(dy, $0), dx, $0) }
    case .silu:
      forEachVector(in: range) { store(load(dy, $0) * vectorSiLUGradient(load(x, $0)), dx, $0) }
    case .gelu:
      forEachVector(in: range) { store(load(dy, $0) * vectorGELUGradient(load(x, $0)), dx, $0) }
    case .quickGELU:
      forEachVector(in: range) {
        store(load(dy, $0) * vectorQuickGELUGradient(load(x, $0)), dx, $0)
      }
    }
  }

  /// `y = x[.., 0..<C] * gelu(x[.., C..<2C])`.
  public func geglu(
    rows: Range<Int>, channelCount: Int, x: UnsafePointer<Float>, y: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let linear = x + 2 &* row &* channelCount
      let gate = linear + channelCount
      let output = y + row &* channelCount
      forEachVector(in: 0..<channelCount) {
        store(load(linear, $0) * vectorGELU(load(gate, $0)), output, $0)
      }
    }
  }

  /// Gradient of `geglu` for both halves of `x`.
  public func gegluGradient(
    rows: Range<Int>, channelCount: Int, x: UnsafePointer<Float>, dy: UnsafePointer<Float>,
    dx: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let linear = x + 2 &* row &* channelCount
      let gate = linear + channelCount
      let upstream = dy + row &* channelCount
      let linearGradient = dx + 2 &* row &* channelCount
      let gateGradient = linearGradient + channelCount
      forEachVector(in: 0..<channelCount) {
        let dy = load(upstream, $0)
        let gelu = vectorGELUWithGradient(load(gate, $0))
        let gateSlope = load(linear, $0) * gelu.gradient
        store(dy * gelu.value, linearGradient, $0)
        store(dy * gateSlope, gateGradient, $0)
      }
    }
  }
}
