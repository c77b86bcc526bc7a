/// What happened since the last event.
public enum TrainingEvent: Sendable {
  /// A stage begins or goes on.
  case stage(name: String, step: Int, totalSteps: Int)
  case step(StepReport)
  /// Latents of so many of the distinct pictures are ready.
  case encoded(pictures: Int, of: Int)
  case checkpoint(path: String)
  /// A picture was written: samples or a loss curve.
  case picture(path: String)
  /// Anything else worth a line.
  case note(String)
  /// The trained model's folder.
  case finished(model: String)
}
