import Diffusion
import Foundation
import Layers
import Models
import Platform
import Serialization
import TensorCore
import TestSupport
import Testing

/// One safetensors file of this target's Goldens folder.
struct DiffusionGolden {
  let file: SafetensorsFile

  init(_ name: String) throws {
    file = try SafetensorsFile(path: Self.folder() + name + ".safetensors")
  }

  static func folder() throws -> String {
    try #require(Bundle.module.resourcePath) + "/Goldens/"
  }

  func tensor(_ name: String) throws -> Tensor {
    Tensor(try file.floats(name), shape: Shape(try file.entry(name).shape))
  }

  /// The slices of the leading axis.
  func tensors(_ name: String) throws -> [Tensor] {
    let all = try tensor(name)
    return (0..<all.shape[0]).map {
      all[leading: $0..<$0 + 1].reshaped(Shape(Array(all.shape.dims.dropFirst())))
    }
  }
}

/// Plays back the noise that a reference run drew.
struct RecordedNoise: NoiseSource {
  private var draws: ArraySlice<Tensor>

  init(_ draws: [Tensor]) { self.draws = draws[...] }

  mutating func draw(_ shape: Shape) -> Tensor {
    guard let next = draws.popFirst() else {
      Issue.record("more noise was drawn than the reference drew")
      return Tensor.zeros(shape)
    }
    #expect(next.shape == shape)
    return next
  }
}

/// The network of the samplers' goldens, `sin(1.3 x + t / 400)`.
func toyDenoiser(_ prediction: Prediction) -> Sampler.Denoiser {
  { x, sigma, timestep in
    let signal = NoiseSchedule.mixture(sigma: sigma).signal
    let output = x.floats.map { Float(sin(1.3 * Double($0) * signal + timestep / 400)) }
    return prediction.cleanEstimate(Tensor(output, shape: x.shape), x: x, sigma: sigma)
  }
}
