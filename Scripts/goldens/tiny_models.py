"""Tiny models of the classes that Stable Diffusion 1.5 is made of, with seeded weights."""

from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from golden_files import randomise


def unet(seed):
    """Three levels that differ in everything that may differ."""
    return randomise(
        UNet2DConditionModel(
            sample_size=8,
            in_channels=8,
            out_channels=4,
            down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            block_out_channels=(8, 12, 16),
            layers_per_block=(1, 2, 1),
            attention_head_dim=(2, 3, 4),
            cross_attention_dim=10,
            norm_num_groups=4,
            norm_eps=1e-3,
        ),
        seed,
    )


def linear_unet(seed):
    """Linear projections, two transformer blocks per attention, sines first."""
    return randomise(
        UNet2DConditionModel(
            sample_size=4,
            in_channels=4,
            out_channels=4,
            down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            block_out_channels=(8, 8),
            layers_per_block=1,
            transformer_layers_per_block=2,
            attention_head_dim=2,
            cross_attention_dim=6,
            norm_num_groups=2,
            use_linear_projection=True,
            flip_sin_to_cos=False,
            freq_shift=1,
        ),
        seed,
    )


def autoencoder(seed, attention=True):
    return randomise(
        AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            block_out_channels=(8, 12),
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=4,
            scaling_factor=0.18215,
            mid_block_add_attention=attention,
        ),
        seed,
    )


def text_encoder(seed, activation="quick_gelu", width=12):
    config = CLIPTextConfig(
        vocab_size=40,
        hidden_size=width,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=3 if width % 3 == 0 else 2,
        max_position_embeddings=9,
        hidden_act=activation,
        layer_norm_eps=1e-3,
        bos_token_id=38,
        eos_token_id=39,
        pad_token_id=39,
    )
    return randomise(CLIPTextModel(config), seed)
