/// Names of the moving averages that CompVis' training keeps beside the UNet's weights.
///
/// The dots of a name are removed, so they can't be put back by rule; the names are made from those
/// of the UNet.
///
/// Source: CompVis/stable-diffusion, `ldm/modules/ema.py`, `LitEma`.
public enum AverageNames {
  /// What all names start with, in a file whose UNet is at `model.diffusion_model.`.
  public static let prefix = "model_ema.diffusion_model"

  /// The average of the UNet's tensor that CompVis calls `name`, `input_blocks.0.0.weight` say.
  public static func average(ofCompVis name: String) -> String {
    prefix + name.filter { $0 != "." }
  }
}
