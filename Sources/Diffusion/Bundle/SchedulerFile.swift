import Foundation
import Platform

/// The part of diffusers' `scheduler_config.json` that decides numbers.
struct SchedulerFile: Codable {
  var className = "EulerAncestralDiscreteScheduler"
  var betaStart = 0.00085
  var betaEnd = 0.012
  var betaSchedule = "scaled_linear"
  var trainingSteps = 1000
  var predictionType = "epsilon"

  enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case betaStart = "beta_start"
    case betaEnd = "beta_end"
    case betaSchedule = "beta_schedule"
    case trainingSteps = "num_train_timesteps"
    case predictionType = "prediction_type"
  }

  init(schedule: NoiseSchedule, prediction: Prediction) {
    betaStart = schedule.betaStart
    betaEnd = schedule.betaEnd
    trainingSteps = schedule.stepCount
    betaSchedule = schedule.spacing.rawValue
    predictionType = prediction.checkpointName
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    className = try fields.decodeIfPresent(String.self, forKey: .className) ?? className
    betaStart = try fields.decodeIfPresent(Double.self, forKey: .betaStart) ?? betaStart
    betaEnd = try fields.decodeIfPresent(Double.self, forKey: .betaEnd) ?? betaEnd
    betaSchedule = try fields.decodeIfPresent(String.self, forKey: .betaSchedule) ?? betaSchedule
    trainingSteps = try fields.decodeIfPresent(Int.self, forKey: .trainingSteps) ?? trainingSteps
    predictionType =
      try fields.decodeIfPresent(String.self, forKey: .predictionType) ?? predictionType
  }

  static func load(path: String) throws -> (NoiseSchedule, Prediction) {
    let file: SchedulerFile
    do {
      file = try JSONDecoder().decode(
        SchedulerFile.self, from: Data(InputFile.bytes(at: path, maximumByteCount: 1 << 20)))
    } catch let error as DecodingError {
      throw ReportableError(.badData, "is not a scheduler configuration", path: path, cause: error)
    }
    guard let spacing = NoiseSchedule.Spacing(rawValue: file.betaSchedule) else {
      throw ReportableError(
        .badData,
        "beta_schedule \"\(file.betaSchedule)\" is not supported; known are "
          + NoiseSchedule.Spacing.allCases.map(\.rawValue).joined(separator: ", "), path: path)
    }
    guard let prediction = Prediction(checkpointName: file.predictionType) else {
      throw ReportableError(
        .badData,
        "prediction_type \"\(file.predictionType)\" is not supported; known are "
          + Prediction.allCases.map(\.checkpointName).joined(separator: ", "), path: path)
    }
    guard (2...100_000).contains(file.trainingSteps), file.betaStart > 0,
      file.betaEnd >= file.betaStart, file.betaEnd < 1
    else {
      throw ReportableError(.badData, "has an impossible noise schedule", path: path)
    }
    return (
      NoiseSchedule(
        stepCount: file.trainingSteps, betaStart: file.betaStart, betaEnd: file.betaEnd,
        spacing: spacing), prediction
    )
  }
}
