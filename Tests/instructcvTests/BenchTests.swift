import Benchmarks
import Foundation
import TensorCore
import Testing
import Training

@Suite struct BenchTests {
  static func smallConfiguration() -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.model.pictureSize = 32
    configuration.model.autoencoder.widths = [8, 16]
    configuration.model.autoencoder.groups = 4
    configuration.model.unet.widths = [16, 32]
    configuration.model.unet.heads = [1, 2]
    configuration.model.unet.groups = 4
    configuration.model.unet.attention = [true, true]
    configuration.model.textEncoder.width = 16
    configuration.model.textEncoder.heads = 2
    configuration.model.textEncoder.layers = 1
    configuration.autoencoder.crop = 16
    configuration.autoencoder.batch = 2
    configuration.denoiser.batch = 2
    return configuration
  }

  @Test func spreadsAreOrdered() {
    #expect(Spread([3, 1, 2]).median == 2 && Spread([4, 1, 2, 3]).median == 2.5)
    #expect(Spread([3, 1, 2]).minimum == 1 && Spread([3, 1, 2]).maximum == 3)
    #expect(Spread([]).median == 0)
  }

  @Test func trainingIsMeasuredStageByStage() throws {
    var benchmark = TrainingBenchmark(Self.smallConfiguration())
    benchmark.repeats = 2
    let result = try benchmark.run()
    #expect(result.stages.map(\.stage) == [.autoencoder, .denoiser])
    for stage in result.stages {
      #expect(stage.batch == 2 && stage.gigaflopPerSample > 0 && stage.samplesPerSecond > 0)
      #expect(stage.peakTensorByteCount > 0 && stage.parameterCount > 0)
      #expect(stage.operations.rows.contains { $0.operation == "convolution" })
    }
    #expect(result.text(withOperations: true).contains("backward linear"))
  }

  @Test func modelsAreMeasuredPartByPart() throws {
    var benchmark = ModelBenchmark(.random(Self.smallConfiguration().model, name: "small"))
    benchmark.repeats = 1
    benchmark.steps = 2
    let result = try benchmark.run()
    #expect(result.parts.last?.name == "whole answer" && result.passCount == 2)
    #expect(result.parts.map(\.batch) == [1, 1, 1, 3, 1, 1])
    let json = try JSONEncoder().encode(result)
    #expect(try JSONDecoder().decode(ModelBenchmark.Result.self, from: json).steps == 2)
    benchmark.resolution = 33
    #expect(throws: (any Error).self) { try benchmark.run() }
  }
}
