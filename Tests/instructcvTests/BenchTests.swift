import Benchmarks
import Foundation
import Platform
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
    var configuration = Self.smallConfiguration()
    configuration.denoiser.products = .bf16
    var benchmark = TrainingBenchmark(configuration)
    benchmark.repeats = 2
    let result = try benchmark.run()
    #expect(result.stages.map(\.stage) == [.autoencoder, .denoiser])
    let products = ProductPrecision.bf16.onThisMachine
    #expect(result.stages.map(\.products) == [.fp32, products])
    #expect(
      result.text(withOperations: false).contains("products         \(products.rawValue)"))
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
    #expect(result.loading == nil && result.memory.weightByteCount > 0)
    benchmark.resolution = 33
    #expect(throws: (any Error).self) { try benchmark.run() }
  }

  @Test func precisionsAreComparedPartByPart() throws {
    var benchmark = PrecisionBenchmark(.random(Self.smallConfiguration().model, name: "small"))
    benchmark.model.steps = 2
    let result = try benchmark.run()
    #expect(result.rows.map(\.precision) == [.bf16, .int8] && result.steps == 2)
    for row in result.rows {
      #expect(row.weightByteCount < result.weightByteCount)
      #expect(row.differences.map(\.part) == benchmark.parts.map(\.name))
      #expect(row.differences[0].relativeError > 0)
      for difference in row.differences {
        #expect((0..<0.2).contains(difference.relativeError))
        #expect((0..<0.5).contains(difference.largestRelativeError))
        if let noise = difference.peakSignalToNoiseRatio {
          #expect(["decode", "answer"].contains(difference.part) && noise > 15)
        }
      }
    }
    #expect(result.text.contains("int8"))
    benchmark.parts = [.context(batch: 1)]
    #expect(throws: ReportableError.self) { try benchmark.run() }
  }

  @Test func partsAreFoundByTheirNames() throws {
    let parts = BenchmarkedPart.usual + [.context(batch: 3), .unet(batch: 64)]
    for part in parts { #expect(try BenchmarkedPart(named: part.name) == part) }
    for name in ["", "unet", "unet-0", "unet-03", "unet--3", "unet-65", "context-", "UNet-3"] {
      #expect(throws: ReportableError.self) { try BenchmarkedPart(named: name) }
    }
  }

  @Test func partsAreChosen() throws {
    var benchmark = ModelBenchmark(.random(Self.smallConfiguration().model, name: "small"))
    benchmark.repeats = 1
    benchmark.parts = [.decode, .context(batch: 2), .unet(batch: 2)]
    let result = try benchmark.run()
    #expect(
      result.parts.map(\.name)
        == ["autoencoder, decoding", "text context, batch 2", "UNet, batch 2"])
    #expect(result.parts.allSatisfy { $0.gigaflop > 0 && $0.milliseconds.minimum > 0 })
  }

  @Test func stagesAreMeasuredOnRequest() throws {
    let session = TrainingBenchmark(Self.smallConfiguration()).session()
    #expect(session.opening.name == "unnamed")
    let (first, second) = (try session.measure("unet"), try session.measure("unet"))
    #expect(first.gigaflop > 0 && first.gigaflop == second.gigaflop)
    #expect(second.name == "unet" && second.milliseconds > 0)
    #expect(throws: ReportableError.self) { try session.measure("text") }
  }

  @Test func productsOfTrainingAreTold() throws {
    try inScratchFolder { folder in
      let decoder = JSONDecoder()
      let asked = ["--set", "denoiser.products=bf16"]
      for (options, products) in [
        ([], ProductPrecision.fp32), (asked, .bf16), (["--products", "bf16"], .bf16),
        (asked + ["--products", "fp32"], .fp32),
      ] {
        let outcome = try Program.run(["bench", "train", "--on-request"] + options, in: folder)
        #expect(outcome.code == 0, "\(outcome.errors)")
        let opening = try decoder.decode(
          MeasuringSession.Opening.self, from: Data(outcome.output.utf8))
        #expect(opening.products == products.onThisMachine)
        #expect(outcome.errors.contains("products are of") == (products == .bf16))
      }
      let wrong = try Program.run(
        ["bench", "train", "--set", "denoiser.products=int8"], in: folder)
      #expect(wrong.code == 65 && wrong.complaints.count == 1)
      #expect(wrong.errors.contains("\"int8\" is none of fp32, bf16"), "\(wrong.errors)")
      #expect(try Program.run(["bench", "train", "--products", "int8"], in: folder).code == 64)
    }
  }

  /// One line of JSON each: the opening, then a measurement for each name.
  @Test func partsAreMeasuredOnRequest() throws {
    try inScratchFolder { folder in
      let script = #"printf 'encode\nunet-2\nencode\n' | "$0" "$@""#
      let options = ["bench", "model", "--quiet", "--on-request", "--model", TinyModel.folder]
      let outcome = try Program.run(script: script, options, in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n").map { Data($0.utf8) }
      try #require(lines.count == 4)
      let decoder = JSONDecoder()
      let opening = try decoder.decode(MeasuringSession.Opening.self, from: lines[0])
      #expect(opening.weightByteCount > 0 && opening.loadMilliseconds > 0)
      let measured = try lines.dropFirst().map {
        try decoder.decode(MeasuringSession.Measurement.self, from: $0)
      }
      #expect(measured.map(\.name) == ["encode", "unet-2", "encode"])
      #expect(measured[0].gigaflop > 0 && measured[0].gigaflop == measured[2].gigaflop)
      let wrong = try Program.run(
        script: #"echo "unet-0" | "$0" "$@""#, options, in: folder)
      #expect(wrong.code == 64 && wrong.errors.contains("unet-0"))
    }
  }

  private func bench(_ options: String..., in folder: String) throws -> Program.Outcome {
    try Program.run(["bench", "model", "--quiet", "--repeats", "1"] + options, in: folder)
  }

  @Test func loadingIsToldPartByPart() throws {
    try inScratchFolder { folder in
      let outcome = try bench(
        "--model", TinyModel.folder, "--vae", TinyModel.folder + "/vae", "--json", in: folder)
      #expect(outcome.code == 0, "\(outcome.errors)")
      let result = try JSONDecoder().decode(
        ModelBenchmark.Result.self, from: Data(outcome.output.utf8))
      // What the model's card says.
      #expect(result.resolution == 32 && result.steps == 3 && result.passCount == 9)
      #expect(result.parts.map(\.batch) == [1, 1, 1, 3, 1, 1])
      // What the first time needs is kept for the next.
      #expect(result.parts.allSatisfy { $0.lateAllocationCount == 0 }, "\(outcome.output)")
      let loading = try #require(result.loading)
      #expect(loading.hasOwnCard && loading.openMilliseconds > 0)
      #expect(loading.tokenizerMilliseconds > 0)
      #expect(loading.parts.map(\.name) == ["text encoder", "autoencoder", "UNet"])
      for part in loading.parts {
        #expect(part.storedTypes == ["F32"] && part.tensorCount > 0, "\(part)")
        #expect(part.heldByteCount >= part.storedByteCount && part.storedByteCount > 0)
        #expect(part.milliseconds > 0 && part.readMilliseconds > 0 && part.packMilliseconds > 0)
      }
      let memory = result.memory
      #expect(memory.weightByteCount == loading.heldByteCount)
      #expect(memory.peakTensorByteCount >= memory.weightByteCount)
      #if os(Linux)
        #expect(memory.loadedResidentByteCount > memory.weightByteCount)
        #expect(memory.loadingPeakResidentByteCount > memory.weightByteCount)
        #expect(memory.peakResidentByteCount > memory.weightByteCount)
      #endif
    }
  }

  @Test func aModelWithoutACardIsOnlyLoaded() throws {
    try inScratchFolder { folder in
      let model = folder + "/model"
      try FileManager.default.copyItem(atPath: TinyModel.folder, toPath: model)
      try FileManager.default.removeItem(atPath: model + "/instructcv.json")
      let json = try bench("--model", "model", "--load-only", "--json", in: folder)
      #expect(json.code == 0, "\(json.errors)")
      let result = try JSONDecoder().decode(
        ModelBenchmark.Result.self, from: Data(json.output.utf8))
      #expect(result.parts.isEmpty && result.loading?.hasOwnCard == false)
      #expect(result.resolution == ModelBenchmark.usualResolution)
      #expect(result.steps == 2 && result.passCount == 6)
      let text = try bench("--model", "model", "--load-only", in: folder)
      for name in ["opening all files", "text encoder", "autoencoder", "UNet", "tokenizer"] {
        #expect(text.output.contains("\n  \(name)  "), "\(text.output)")
      }
      #expect(text.output.contains("memory: weights") && text.output.contains("peak memory:"))
      #expect(text.output.contains("256 pixels, 2 steps with 6 passes"))
    }
  }

  @Test func wrongModelsAreToldLikeElsewhere() throws {
    try inScratchFolder { folder in
      try AtomicFile.write("x", to: folder + "/file")
      for (code, options) in [
        (66, ["--model", "absent"]), (65, ["--model", "file"]),
        (66, ["--model", TinyModel.folder, "--vae", "absent"]),
        (64, ["--model", TinyModel.folder, "--sizes", "sd15"]),
        (64, ["--vae", TinyModel.folder, "--sizes", "sd15"]),
        (64, ["--model", TinyModel.folder, "--resolution", "9"]),
        (64, ["--model", TinyModel.folder, "--parts", "encode,"]),
        (64, ["--parts", "encode", "--load-only"]), (64, ["--on-request", "--load-only"]),
        (64, ["--on-request", "--json"]),
      ] as [(Int32, [String])] {
        let outcome = try Program.run(["bench", "model", "--quiet"] + options, in: folder)
        #expect(outcome.code == code && outcome.output.isEmpty, "\(options): \(outcome.errors)")
        #expect(!outcome.errors.isEmpty)
      }
    }
  }
}
