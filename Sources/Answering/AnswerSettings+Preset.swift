import Diffusion
import VisionTasks

extension AnswerSettings {
  /// Puts what `preset` says about `task` in the place of what was set; seed and random numbers stay.
  ///
  /// A spacing that is the sampler's usual one is not named, as if nobody had asked for it: another
  /// sampler in its place has its own, and answers made without a preset are told to be the same.
  ///
  /// - Parameter task: what is asked; nil for what holds for tasks without a way of their own.
  public mutating func follow(_ preset: AnswerPreset, for task: TaskKind?) {
    let way = preset.way(of: task)
    sampler = way.sampler.name
    spacing = way.spacing == way.sampler.usualSpacing ? nil : way.spacing.rawValue
    steps = way.steps
    resolution = way.resolution
    framing = way.framing.rawValue
    switch way.guidance {
    case .instructPix2Pix(let text, let image):
      (guidance, textGuidance, imageGuidance) = ("ip2p", text, image)
    case .instructDiffusion(let text, let image):
      (guidance, textGuidance, imageGuidance) = ("instructdiffusion", text, image)
    case .unguided:
      (guidance, textGuidance, imageGuidance) = ("ip2p", 1, 1)
    }
  }
}
