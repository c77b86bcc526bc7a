import KernelInterface

extension VectorKernels {
  /// `y = activation(x)`.
  public func activate(
    _ range: Range<Int>, _ activation: Activation, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    switch activation {
    case .none: map(IdentityFunction.self, range, x, y)
    case .silu: map(SiLUFunction.self, range, x, y)
    case .gelu: map(GELUFunction.self, range, x, y)
    case .quickGELU: map(QuickGELUFunction.self, range, x, y)
    }
  }

  private func map<Function: ActivationFunction>(
    _: Function.Type, _ range: Range<Int>, _ x: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    forEachVector(in: range) { store(Function.value(load(x, $0)), y, $0) }
  }

  /// `dx = dy * activation'(x)`.
  public func activationGradient(
    _ range: Range<Int>, _ activation: Activation, x: UnsafePointer<Float>,
    dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>
  ) {
    switch activation {
    case .none: mapGradient(IdentityFunction.self, range, x, dy, dx)
    case .silu: mapGradient(SiLUFunction.self, range, x, dy, dx)
    case .gelu: mapGradient(GELUFunction.self, range, x, dy, dx)
    case .quickGELU: mapGradient(QuickGELUFunction.self, range, x, dy, dx)
    }
  }

  private func mapGradient<Function: ActivationFunction>(
    _: Function.Type, _ range: Range<Int>, _ x: UnsafePointer<Float>,
    _ dy: UnsafePointer<Float>, _ dx: UnsafeMutablePointer<Float>
  ) {
    forEachVector(in: range) {
      store(load(dy, $0) * Function.slope(load(x, $0)), dx, $0)
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
