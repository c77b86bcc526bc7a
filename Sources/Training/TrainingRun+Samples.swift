import Diffusion
import Foundation
import Imaging
import Models
import VisionTasks

extension TrainingRun {
  /// A sheet of what the moving averages answer now; touches nothing that training depends on.
  func writeSamples(step: Int) throws {
    let shown = SampleSheet.choose(configuration.output.sampleCount, of: examples)
    guard !shown.isEmpty else { return }
    let number = String(format: "%08d", step)
    let sheet = SampleSheet(size: configuration.model.pictureSize)
    switch phase {
    case .autoencoder(let trainer):
      let path = folder["samples/autoencoder-\(number).png"]
      try trainer.optimizer.withAverages {
        try sheet.write(shown, to: path) { _, target in
          Image(trainer.model.decode(trainer.model.encode(target.tensor).mean))
        }
      }
      pending.append(.picture(path: path))
    case .denoiser(let trainer, let autoencoder):
      let path = folder["samples/denoiser-\(number).png"]
      try trainer.optimizer.withAverages {
        let schedule = try NoiseSchedule(configuration.denoiser.schedule)
        let model = InstructModel(
          pipeline: try EditPipeline(
            unet: trainer.unet, autoencoder: autoencoder.model, textEncoder: trainer.textEncoder,
            schedule: schedule, prediction: configuration.denoiser.prediction),
          tokenizer: try CLIPTokenizer(folder: folder["tokenizer"]), card: .standard)
        try sheet.write(shown, to: path) { example, _ in
          let picture = try PictureLoading.square(
            example.picturePath, side: configuration.model.pictureSize)
          return Image(
            try model.answer(
              picture: picture.tensor, instruction: example.instruction, guidance: .unguided,
              plan: SamplerPlan(
                .ddim(), stepCount: configuration.output.sampleSteps, schedule: schedule),
              seed: configuration.seed))
        }
      }
      pending.append(.picture(path: path))
    default: break
    }
  }
}
