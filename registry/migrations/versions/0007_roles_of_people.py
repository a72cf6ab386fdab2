"""roles of people"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    op.create_table('person_role',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('role', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('district', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('recorded_in', sa.Integer(), nullable=False),
    sa.Column('superseded_in', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['recorded_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['superseded_in'], ['act.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_person_role_subject'), 'person_role', ['subject'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_person_role_subject'), table_name='person_role')
    op.drop_table('person_role')
