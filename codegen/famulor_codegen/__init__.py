"""The codegen: one OpenAPI document in, everything under `generated/` out. Development only."""
